import { ChatError } from "../../../core/errors.ts";
import type { Origin, Page } from "../../../feature.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { rememberAddress } from "../addresses/known-addresses.ts";
import { countRefresh } from "../limits.ts";
import { refreshTokens } from "../state.ts";
import { issueFileToken } from "../tokens/file-tokens.ts";
import { sha256 } from "../tokens/hashes.ts";
import * as tokens from "../tokens/store.ts";
import { findUser, type UserRow } from "../users/store.ts";
import { endSessions } from "./end-sessions.ts";
import { unusedSince } from "./lifetime.ts";
import type { OpenSession } from "./open-session.ts";
import { type SignedIn, toSignedIn } from "./signed-in.ts";
import { findSession, type SessionRow, touchSessions } from "./store.ts";

/** How long a refresh token that was just replaced still answers with its successor. */
const graceMilliseconds = 30_000;

/**
 * Rotates a refresh token. The same token again within 30 s, after a lost answer or from another tab, gives
 * the same successor; later it means that somebody else has it, and the session ends (RFC 9700, 4.14.2).
 * A `page` keeps the file token that it has. Errors: `rate_limited`, `invalid_refresh_token`.
 */
export async function refresh(
  kit: Kit,
  token: string | undefined,
  origin: Origin,
  page: Pick<Page, "fileToken"> | undefined,
): Promise<SignedIn> {
  const hash = sha256(token ?? "");
  const known = await kit.db.read((read) => tokens.findRefresh(read, hash));
  const sessionId = known?.sessionId ?? refreshTokens(kit).sessionOf(token ?? "");
  countRefresh(kit, sessionId, origin);
  if (token === undefined || sessionId === undefined) throw new ChatError("invalid_refresh_token");
  const result = await kit.db.transact((tx) => exchange(kit, tx, { token, sessionId }, origin, page));
  if (!result) throw new ChatError("invalid_refresh_token");
  return toSignedIn(kit, result.user, result.session);
}

async function exchange(
  kit: Kit,
  tx: Tx,
  { token, sessionId }: { token: string; sessionId: number },
  origin: Origin,
  page: Pick<Page, "fileToken"> | undefined,
): Promise<{ user: UserRow; session: OpenSession } | undefined> {
  const session = await findSession(tx, sessionId);
  const user = session && (await findUser(tx, session.userId));
  if (!user?.isActive || session?.endedAt !== null) return undefined;
  const refreshToken = await rotate(kit, tx, token, session, origin);
  if (refreshToken === undefined) return undefined;
  const fileToken = page && (await issueFileToken(kit, tx, session.id, page.fileToken));
  return { user, session: { id: session.id, refreshToken, fileToken } };
}

/** The successor of `token`; undefined when there is none any more. */
async function rotate(
  kit: Kit,
  tx: Tx,
  token: string,
  session: SessionRow,
  origin: Origin,
): Promise<string | undefined> {
  const now = kit.clock.now();
  const expired = unusedSince(kit);
  const used = await tokens.findRefresh(tx, sha256(token));
  if (used && used.createdAt < expired) return undefined;
  // Without a row it is one of ours that is not kept any more: used up long ago.
  const replacedAt = used ? used.replacedAt : -Infinity;
  if (replacedAt !== null) return successorAgain(kit, tx, token, session, now - replacedAt);
  const successor = refreshTokens(kit).successor(token, session.id);
  await tokens.replaceRefresh(tx, sha256(token), now);
  await tokens.insertRefresh(tx, { hash: sha256(successor), sessionId: session.id, createdAt: now });
  await touchSessions(tx, [session.id], now);
  await tokens.dropUsedRefresh(tx, session.id, { replaced: now - graceMilliseconds, expired });
  await rememberAddress(kit, tx, session.userId, origin.address);
  return successor;
}

/** The same for a token that was replaced so many milliseconds ago. */
async function successorAgain(
  kit: Kit,
  tx: Tx,
  token: string,
  session: SessionRow,
  age: number,
): Promise<string | undefined> {
  if (age > graceMilliseconds) {
    await endSessions(kit, tx, session.userId, [session.id]);
    return undefined;
  }
  const earlier = refreshTokens(kit).earlierSuccessor(token);
  const isEarlier = (await tokens.findRefresh(tx, sha256(earlier))) !== undefined;
  return isEarlier ? earlier : refreshTokens(kit).successor(token, session.id);
}
