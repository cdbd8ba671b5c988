/**
 * Cookies of pages of this server (RFC 6265): its scripts cannot read them, and other sites' pages do not send them.
 */
import type { PageTokens } from "../feature.ts";
import type { Site } from "./site.ts";

interface Cookie {
  name: string;
  /** What it is sent with: no other call ever sees it. */
  path: string;
}

/** The names contain the port, because cookies are shared between all ports of a host. */
function cookiesOf({ port }: Site): { refresh: Cookie; files: Cookie } {
  return {
    refresh: { name: `parley_refresh_${port}`, path: "/api/auth" },
    files: { name: `parley_files_${port}`, path: "/api" },
  };
}

/** The tokens in a request's cookies. */
export function tokensIn(headers: Headers, site: Site) {
  const { refresh, files } = cookiesOf(site);
  const sent = headers.get("cookie") ?? "";
  return { refreshToken: valueOf(sent, refresh), fileToken: valueOf(sent, files) };
}

/** Sets both cookies; null deletes them. */
export function setCookies(headers: Headers, tokens: PageTokens | null, site: Site): void {
  const { refresh, files } = cookiesOf(site);
  const seconds = tokens?.seconds ?? 0;
  for (const [cookie, value] of [
    [refresh, tokens?.refreshToken],
    [files, tokens?.fileToken],
  ] as const) {
    const attributes = [`Path=${cookie.path}`, `Max-Age=${seconds}`, "HttpOnly", "SameSite=Strict"];
    if (site.isSecure) attributes.push("Secure");
    headers.append("Set-Cookie", [`${cookie.name}=${value ?? ""}`, ...attributes].join("; "));
  }
}

/** The first of that name, which browsers send for the longest path (RFC 6265, 5.4). */
function valueOf(sent: string, { name }: Cookie): string | undefined {
  const pair = sent.split(";").find((one) => one.trim().startsWith(`${name}=`));
  return pair?.trim().slice(name.length + 1) || undefined;
}
