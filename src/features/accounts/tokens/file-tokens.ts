import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { fileTokenKey } from "../state.ts";
import { hmac, randomToken } from "./hashes.ts";
import * as store from "./store.ts";

/** A page has one. Tabs that sign in or refresh at once each make theirs, and pages that lost theirs another. */
const tokensPerSession = 10;

/** What is stored of a file token: worth nothing once there is another secret. */
export function fileTokenHash(kit: Kit, token: string): string {
  return hmac(fileTokenKey(kit), token);
}

/**
 * The file token that a page has, if it is of this session, so that two tabs which refresh at once do not take it from
 * each other; else a new one, beside those that it may still have.
 */
export async function issueFileToken(
  kit: Kit,
  tx: Tx,
  sessionId: number,
  current: string | undefined,
): Promise<string> {
  if (current !== undefined && (await store.findSessionId(tx, fileTokenHash(kit, current))) === sessionId) {
    return current;
  }
  const token = randomToken();
  await store.dropOldFileTokens(tx, sessionId, tokensPerSession - 1);
  await store.insertFileToken(tx, {
    hash: fileTokenHash(kit, token),
    sessionId,
    createdAt: kit.clock.now(),
  });
  return token;
}
