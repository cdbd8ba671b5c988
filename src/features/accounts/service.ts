import type { z } from "zod";

import type { Actor } from "../../core/actor.ts";
import { ChatError } from "../../core/errors.ts";
import type { Origin, PageTokens } from "../../core/feature.ts";
import { toTime } from "../../core/wire.ts";
import type { Tx } from "../../platform/db/database.ts";
import { addAccount, toMe } from "./account.ts";
import { createAddresses } from "./addresses.ts";
import { createFileTokens } from "./file-tokens.ts";
import { refuseWeak } from "./passwords.ts";
import { requireActor } from "./people.ts";
import { createProfile } from "./profile.ts";
import type { AccountsDeps } from "./deps.ts";
import type * as wire from "./schema.ts";
import { endSessions, endSpareSessions } from "./sessions.ts";
import * as store from "./store.ts";

/** An answer to signing in. A page that keeps its tokens in cookies finds none but the access token in the body. */
interface SignedIn {
  body: z.infer<typeof wire.SignedIn>;
  page: PageTokens | undefined;
}

interface OpenSession {
  id: number;
  refreshToken: string;
  /** For a page. */
  fileToken: string | undefined;
}

const day = 86_400_000;
/** How long a refresh token that was just replaced still answers with its successor. */
const refreshGraceMilliseconds = 30_000;
/** Nobody's id. */
const nobody = 0;
/** As long as the hash that stands for longer ones. */
const longestBudgetName = 64;

export type Accounts = ReturnType<typeof createAccounts>;

/** The verbs about accounts and sessions. */
export function createAccounts(deps: AccountsDeps) {
  const { db, journal, clock, passwords, tokens, limits, isOnline } = deps;

  const addresses = createAddresses(deps);
  const fileTokens = createFileTokens(deps);

  // Signing in

  async function register(input: z.output<typeof wire.Register>, origin: Origin): Promise<SignedIn> {
    if (deps.registration === "closed") throw new ChatError("registration_closed");
    refuseWeak(input.password);
    limits.register(origin);
    const { isKnown } = await db.read((read) => addresses.look(read, nobody, origin.address));
    const passwordHash = await passwords.hash(input.password, { ...origin, isKnown });
    const { user, session } = await db.transact(async (tx) => {
      const user = await addAccount(tx, input, passwordHash, clock.now());
      return { user, session: await openSession(tx, user.id, origin, input.cookie) };
    });
    return signedIn(user, session);
  }

  /**
   * Where there have been too many attempts, only the right password of somebody who has signed in from there before
   * is taken. Until it has turned out to be that, all is done alike, whether or not somebody is called so: nothing that
   * is answered, nor how soon, tells.
   */
  async function login(input: z.output<typeof wire.Login>, origin: Origin): Promise<SignedIn> {
    const { found, isKnown, isOwn } = await db.read(async (read) => {
      const found = await store.findUserByLogin(read, input.username);
      return { found, ...(await addresses.look(read, found?.id ?? nobody, origin.address)) };
    });
    const attempt = limits.login(budgetName(input.username), origin, isKnown);
    const asker = { ...origin, isKnown };
    const isRight = found
      ? await passwords.verify(input.password, found.passwordHash, asker)
      : await passwords.verifyNobody(input.password, asker);
    if (!found?.isActive || !isRight || (attempt.refusal && !isOwn)) {
      throw attempt.refusal ?? new ChatError("bad_credentials");
    }
    attempt.succeeded();
    const better = passwords.isOutdated(found.passwordHash)
      ? await passwords.hash(input.password, asker)
      : undefined;
    const { user, session } = await db.transact(async (tx) => {
      const user = await store.findUser(tx, found.id);
      // Disabled or given another password while the hash was computed.
      if (!user?.isActive || user.passwordHash !== found.passwordHash) throw new ChatError("bad_credentials");
      if (better) await store.updateUser(tx, user.id, { passwordHash: better });
      return { user, session: await openSession(tx, user.id, origin, input.cookie) };
    });
    return signedIn(user, session);
  }

  /** Names of any length cost budgets the same memory. */
  function budgetName(typed: string): string {
    const name = typed.toLowerCase();
    return name.length > longestBudgetName ? tokens.hash(name) : name;
  }

  /**
   * Rotates a refresh token. The same token again within 30 s, after a lost answer or from another tab, gives
   * the same successor; later it means that somebody else has it, and the session ends (RFC 9700, 4.14.2).
   * A `page` keeps the file token that it has.
   */
  async function refresh(
    token: string | undefined,
    origin: Origin,
    page: { fileToken: string | undefined } | undefined,
  ): Promise<SignedIn> {
    const hash = tokens.hash(token ?? "");
    const known = await db.read((read) => store.findRefresh(read, hash));
    const sessionId = known?.sessionId ?? tokens.sessionOf(token ?? "");
    limits.refresh(sessionId, origin.address);
    if (token === undefined || sessionId === undefined) throw new ChatError("invalid_refresh_token");
    const now = clock.now();
    const expired = now - deps.refreshDays * day;
    const result = await db.transact(async (tx) => {
      const used = await store.findRefresh(tx, hash);
      const session = await store.findSession(tx, sessionId);
      const user = session && (await store.findUser(tx, session.userId));
      if (!user?.isActive || session?.endedAt !== null) return undefined;
      if (!used) {
        // One of ours that is not kept any more: used up long ago.
        await endSessions(tx, journal, user.id, [session.id], now);
        return undefined;
      }
      if (used.createdAt < expired) return undefined;
      let successor = tokens.successor(token, session.id);
      if (used.replacedAt === null) {
        await store.replaceRefresh(tx, used.hash, now);
        await store.insertRefresh(tx, {
          hash: tokens.hash(successor),
          sessionId: session.id,
          createdAt: now,
        });
        await store.touchSessions(tx, [session.id], now);
        await store.dropUsedRefresh(tx, session.id, { replaced: now - refreshGraceMilliseconds, expired });
        await addresses.remember(tx, user.id, origin.address);
      } else if (now - used.replacedAt > refreshGraceMilliseconds) {
        await endSessions(tx, journal, user.id, [session.id], now);
        return undefined;
      } else {
        const earlier = tokens.earlierSuccessor(token);
        if (await store.findRefresh(tx, tokens.hash(earlier))) successor = earlier;
      }
      const fileToken = page && (await fileTokens.keep(tx, session.id, page.fileToken));
      return { user, session: { id: session.id, refreshToken: successor, fileToken } };
    });
    if (!result) throw new ChatError("invalid_refresh_token");
    return signedIn(result.user, result.session);
  }

  async function signedIn(user: store.UserRow, session: OpenSession): Promise<SignedIn> {
    const { id, refreshToken, fileToken } = session;
    const body = {
      user: toMe(user, isOnline),
      access_token: await tokens.access({ userId: user.id, sessionId: id }),
      token_type: "bearer" as const,
      expires_in: tokens.accessSeconds,
    };
    if (fileToken === undefined) return { body: { ...body, refresh_token: refreshToken }, page: undefined };
    return { body, page: { refreshToken, fileToken, seconds: (deps.refreshDays * day) / 1000 } };
  }

  async function openSession(
    tx: Tx,
    userId: number,
    origin: Origin,
    forPage: boolean | null | undefined,
  ): Promise<OpenSession> {
    const now = clock.now();
    await endSpareSessions(tx, journal, userId, deps.sessionsPerUser, now);
    const id = await store.insertSession(tx, {
      userId,
      userAgent: origin.userAgent?.slice(0, 300) ?? null,
      createdAt: now,
      lastUsedAt: now,
    });
    const refreshToken = tokens.newRefresh(id);
    await store.insertRefresh(tx, { hash: tokens.hash(refreshToken), sessionId: id, createdAt: now });
    await addresses.remember(tx, userId, origin.address);
    const fileToken = forPage ? await fileTokens.keep(tx, id, undefined) : undefined;
    return { id, refreshToken, fileToken };
  }

  // Who is asking

  /** Whose access token this is, when the session still lives. Errors: `unauthorized`. */
  async function authenticate(token: string): Promise<Actor> {
    const actor = await tokens.verifyAccess(token);
    await db.read((read) => requireActor(read, actor));
    return actor;
  }

  /** The same for a ticket, which is used up. */
  async function authenticateTicket(ticket: string): Promise<Actor> {
    const actor = tokens.takeTicket(ticket);
    await db.read((read) => requireActor(read, actor));
    return actor;
  }

  function ticket(actor: Actor): { ticket: string } {
    return { ticket: tokens.newTicket(actor) };
  }

  // Sessions

  /**
   * Ends the session of whoever asks, and that of the refresh token that their page keeps, which may be another one.
   * A token that is none is no error: they are signed out.
   */
  async function logout(actor: Actor | undefined, refreshToken: string | undefined): Promise<void> {
    if (!actor && refreshToken === undefined) throw new ChatError("unauthorized");
    await db.transact(async (tx) => {
      if (actor) await requireActor(tx, actor);
      const kept = refreshToken && (await store.findRefresh(tx, tokens.hash(refreshToken)));
      for (const id of new Set([actor?.sessionId, kept ? kept.sessionId : undefined])) {
        const session = id === undefined ? undefined : await store.findSession(tx, id);
        if (session?.endedAt !== null) continue;
        await endSessions(tx, journal, session.userId, [session.id], clock.now());
      }
    });
  }

  function endSession(actor: Actor, sessionId: number): Promise<void> {
    return db.transact(async (tx) => {
      await requireActor(tx, actor);
      const session = await store.findSession(tx, sessionId);
      if (session?.userId !== actor.userId || session.endedAt !== null) throw new ChatError("not_found");
      await endSessions(tx, journal, actor.userId, [sessionId], clock.now());
    });
  }

  function sessions(actor: Actor): Promise<z.infer<typeof wire.Sessions>> {
    return db.read(async (read) => {
      await requireActor(read, actor);
      const unexpired = clock.now() - deps.refreshDays * day;
      const rows = await store.livingSessions(read, actor.userId);
      return {
        sessions: rows
          .filter((row) => row.lastUsedAt >= unexpired || row.id === actor.sessionId)
          .map((row) => ({
            id: row.id,
            created_at: toTime(row.createdAt),
            last_used_at: toTime(row.lastUsedAt),
            user_agent: row.userAgent,
            current: row.id === actor.sessionId,
          })),
      };
    });
  }

  return {
    register,
    login,
    refresh,
    authenticate,
    authenticateFiles: fileTokens.authenticate,
    authenticateTicket,
    ticket,
    logout,
    sessions,
    endSession,
    ...createProfile(deps),
  };
}
