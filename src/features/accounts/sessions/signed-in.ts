import type { PageTokens } from "../../../feature.ts";
import type { Kit } from "../../../kit.ts";
import type * as wire from "../schema.ts";
import { accessTokens } from "../state.ts";
import { toMe } from "../users/account.ts";
import type { UserRow } from "../users/store.ts";
import { sessionLifetime } from "./lifetime.ts";
import type { OpenSession } from "./open-session.ts";

/** An answer to signing in. A page that keeps its tokens in cookies finds none but the access token in the body. */
export interface SignedIn {
  body: wire.SignedIn;
  page: PageTokens | undefined;
}

/** `parts`: what other features have to say. */
export async function toSignedIn(
  kit: Kit,
  user: UserRow,
  session: OpenSession,
  parts: Partial<wire.SignedIn> = {},
): Promise<SignedIn> {
  const { id, refreshToken, fileToken } = session;
  const body = {
    user: toMe(kit, user),
    access_token: await accessTokens(kit).sign({ userId: user.id, sessionId: id }),
    token_type: "bearer" as const,
    expires_in: accessTokens(kit).seconds,
    ...parts,
  };
  if (fileToken === undefined) return { body: { ...body, refresh_token: refreshToken }, page: undefined };
  return { body, page: { refreshToken, fileToken, seconds: sessionLifetime(kit) / 1000 } };
}
