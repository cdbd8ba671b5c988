/** Tokens that stand for a session where pages fetch files, and nowhere else. They end with the session. */
import type { Actor } from "../../core/actor.ts";
import { BadToken } from "../../core/errors.ts";
import type { Tx } from "../../platform/db/database.ts";
import type { AccountsDeps } from "./deps.ts";
import * as store from "./store.ts";

/** A page has one. Tabs that sign in or refresh at once each make theirs, and pages that lost theirs another. */
const tokensPerSession = 10;

export function createFileTokens({ db, clock, tokens, refreshDays }: AccountsDeps) {
  /** Before this, a session that nobody has gone on with is as good as ended. */
  const oldest = () => clock.now() - refreshDays * 86_400_000;

  /**
   * The one that a page has, if it is of this session, so that two tabs which refresh at once do not take it from each
   * other; else a new one, beside those that it may still have.
   */
  async function keep(tx: Tx, sessionId: number, has: string | undefined): Promise<string> {
    const session = has === undefined ? undefined : await store.findByFileToken(tx, tokens.fileHash(has));
    if (has !== undefined && session?.id === sessionId) return has;
    const token = tokens.newFileToken();
    await store.dropOldFileTokens(tx, sessionId, tokensPerSession - 1);
    await store.insertFileToken(tx, { hash: tokens.fileHash(token), sessionId, createdAt: clock.now() });
    return token;
  }

  /**
   * Whose it is. It is gone with its session; whether the account is open the verb asks, as of every caller. Errors:
   * `unauthorized`.
   */
  async function authenticate(token: string): Promise<Actor> {
    const session = await db.read((read) => store.findByFileToken(read, tokens.fileHash(token)));
    if (!session || session.lastUsedAt < oldest()) throw new BadToken(session?.id);
    return { userId: session.userId, sessionId: session.id };
  }

  return { keep, authenticate };
}
