/** Authentication of REST calls. */
import type { Actor } from "../core/actor.ts";
import { BadToken, ChatError } from "../core/errors.ts";
import type { Endpoint } from "../feature.ts";
import { tokensIn } from "./cookies.ts";
import type { Site } from "./site.ts";

export interface Authenticators {
  /** Whose access token this is. Errors: `unauthorized`. */
  authenticate(token: string): Promise<Actor>;
  /** The same for a token that is valid for files only. */
  authenticateFiles(token: string): Promise<Actor>;
}

/** Only the scheme Bearer counts (RFC 6750, 2.1). Errors: `unauthorized`, `bad_origin`. */
export async function identify(
  by: Authenticators,
  { auth, embedded }: Endpoint,
  headers: Headers,
  site: () => Site,
): Promise<Actor | undefined> {
  if (auth === "none") return undefined;
  const header = headers.get("authorization");
  if (header === null && embedded) return identifyPage(by, headers, site());
  if (header === null && auth === "optional") return undefined;
  const [, token] = /^bearer +([^\s,]+)$/i.exec(header ?? "") ?? [];
  if (token === undefined) throw new BadToken();
  return by.authenticate(token);
}

/** An `<img>` of a page of ours has no header to send, but a cookie. */
async function identifyPage(by: Authenticators, headers: Headers, site: Site): Promise<Actor> {
  const { fileToken } = tokensIn(headers, site);
  if (fileToken === undefined) throw new BadToken();
  if (site.isForeign) throw new ChatError("bad_origin", "A page of another origin sends the header instead.");
  return by.authenticateFiles(fileToken);
}
