import type { z } from "zod";

import type { Actor } from "../../core/actor.ts";
import type { Clock } from "../../core/clock.ts";
import { ChatError } from "../../core/errors.ts";
import type { Origin } from "../../core/feature.ts";
import { toTime } from "../../core/wire.ts";
import { userAudience } from "../../events/event.ts";
import type { Journal } from "../../events/journal.ts";
import type { Database, Read, Tx } from "../../platform/db/database.ts";
import { sessionsEnded } from "./events.ts";
import type { AccountLimits } from "./limits.ts";
import { type Passwords, refuseWeak } from "./passwords.ts";
import { requireActor, requireUser, toUser } from "./people.ts";
import type * as wire from "./schema.ts";
import * as store from "./store.ts";
import type { Tokens } from "./tokens.ts";

export interface AccountsDeps {
  db: Database;
  journal: Journal;
  clock: Clock;
  passwords: Passwords;
  tokens: Tokens;
  limits: AccountLimits;
  registration: "open" | "closed";
  refreshDays: number;
}

type Me = z.infer<typeof wire.Me>;
type SignedIn = z.infer<typeof wire.SignedIn>;

const day = 86_400_000;
/** How long a refresh token that was just replaced still answers with its successor. */
const refreshGraceMilliseconds = 30_000;
const searchLimit = 20;

export type Accounts = ReturnType<typeof createAccounts>;

/** The verbs about accounts and sessions. */
export function createAccounts(deps: AccountsDeps) {
  const { db, journal, clock, passwords, tokens, limits } = deps;

  // Signing in

  async function register(input: z.output<typeof wire.Register>, origin: Origin): Promise<SignedIn> {
    if (deps.registration === "closed") throw new ChatError("registration_closed");
    limits.register(origin.address);
    refuseWeak(input.password);
    const passwordHash = await passwords.hash(input.password);
    const { user, session } = await db.transact(async (tx) => {
      const user = await addUser(tx, input, passwordHash);
      return { user, session: await openSession(tx, user.id, origin) };
    });
    return signedIn(user, session);
  }

  async function login(input: z.output<typeof wire.Login>, origin: Origin): Promise<SignedIn> {
    limits.login(input.username);
    const found = await db.read((read) => store.findUserByLogin(read, input.username));
    const right = found
      ? await passwords.verify(input.password, found.passwordHash)
      : await passwords.verifyNobody(input.password);
    if (!found || !right || !found.isActive) throw new ChatError("bad_credentials");
    limits.loggedIn(input.username);
    const better = passwords.isOutdated(found.passwordHash)
      ? await passwords.hash(input.password)
      : undefined;
    const { user, session } = await db.transact(async (tx) => {
      const user = await store.findUser(tx, found.id);
      // Disabled or given another password while the hash was computed.
      if (!user?.isActive || user.passwordHash !== found.passwordHash) throw new ChatError("bad_credentials");
      if (better) await store.updateUser(tx, user.id, { passwordHash: better });
      return { user, session: await openSession(tx, user.id, origin) };
    });
    return signedIn(user, session);
  }

  /**
   * Rotates a refresh token. The same token again within 30 s, after a lost answer or from another tab, gives
   * the same successor; later it means that somebody else has it, and the session ends (RFC 9700, 4.14.2).
   */
  async function refresh(token: string): Promise<SignedIn> {
    const now = clock.now();
    const successor = tokens.successor(token);
    const result = await db.transact(async (tx) => {
      const used = await store.findRefresh(tx, tokens.hash(token));
      const session = used && (await store.findSession(tx, used.sessionId));
      const user = session && (await store.findUser(tx, session.userId));
      if (!used || !user?.isActive || session?.endedAt !== null) return undefined;
      if (now - used.createdAt > deps.refreshDays * day) return undefined;
      if (used.replacedAt === null) {
        await store.replaceRefresh(tx, used.hash, now);
        await store.insertRefresh(tx, {
          hash: tokens.hash(successor),
          sessionId: session.id,
          createdAt: now,
        });
        await store.touchSession(tx, session.id, now);
        await store.dropExpiredRefresh(tx, session.id, now - deps.refreshDays * day);
      } else if (now - used.replacedAt > refreshGraceMilliseconds) {
        await endSessions(tx, user.id, [session.id]);
        return undefined;
      }
      return { user, session: { id: session.id, refreshToken: successor } };
    });
    if (!result) throw new ChatError("invalid_refresh_token");
    return signedIn(result.user, result.session);
  }

  async function signedIn(
    user: store.UserRow,
    session: { id: number; refreshToken: string },
  ): Promise<SignedIn> {
    return {
      user: toMe(user),
      access_token: await tokens.access({ userId: user.id, sessionId: session.id }),
      refresh_token: session.refreshToken,
      token_type: "bearer",
      expires_in: tokens.accessSeconds,
    };
  }

  async function openSession(tx: Tx, userId: number, origin: Origin) {
    const now = clock.now();
    const refreshToken = tokens.newRefresh();
    const id = await store.insertSession(tx, {
      userId,
      userAgent: origin.userAgent?.slice(0, 300) ?? null,
      createdAt: now,
      lastUsedAt: now,
    });
    await store.insertRefresh(tx, { hash: tokens.hash(refreshToken), sessionId: id, createdAt: now });
    return { id, refreshToken };
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

  function logout(actor: Actor): Promise<void> {
    return endSession(actor, actor.sessionId);
  }

  function endSession(actor: Actor, sessionId: number): Promise<void> {
    return db.transact(async (tx) => {
      await requireActor(tx, actor);
      const session = await store.findSession(tx, sessionId);
      if (session?.userId !== actor.userId || session.endedAt !== null) throw new ChatError("not_found");
      await endSessions(tx, actor.userId, [sessionId]);
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

  async function endSessions(tx: Tx, userId: number, ids: number[]): Promise<void> {
    if (ids.length === 0) return;
    await store.endSessions(tx, ids, clock.now());
    await journal.record(tx, sessionsEnded, userAudience(userId), ids[0]!, { sessionIds: ids });
  }

  async function endOtherSessions(tx: Tx, userId: number, except: number): Promise<void> {
    const others = await store.livingSessions(tx, userId, except);
    await endSessions(
      tx,
      userId,
      others.map((row) => row.id),
    );
  }

  // Profile

  function me(actor: Actor): Promise<Me> {
    return db.read(async (read) => toMe(await requireSelf(read, actor)));
  }

  async function updateMe(actor: Actor, input: z.output<typeof wire.UpdateMe>): Promise<Me> {
    const email = input.email ?? undefined;
    if (email !== undefined) await requirePassword(actor, input.current_password ?? "");
    return db.transact(async (tx) => {
      const user = await requireSelf(tx, actor);
      const change: Partial<store.UserRow> = {};
      if (input.full_name !== undefined) {
        Object.assign(change, { fullName: input.full_name, nameKey: toNameKey(input.full_name) });
      }
      if (input.bio !== undefined) change.bio = input.bio;
      if (input.avatar_url !== undefined) change.avatarUrl = input.avatar_url;
      if (email !== undefined) Object.assign(change, { email, emailKey: email.toLowerCase() });
      if (Object.keys(change).length === 0) return toMe(user);
      return toMe(await store.updateUser(tx, user.id, change));
    });
  }

  async function changePassword(actor: Actor, input: z.output<typeof wire.ChangePassword>): Promise<void> {
    await requirePassword(actor, input.current_password);
    refuseWeak(input.new_password);
    const passwordHash = await passwords.hash(input.new_password);
    await db.transact(async (tx) => {
      const user = await requireSelf(tx, actor);
      await store.updateUser(tx, user.id, { passwordHash });
      await endOtherSessions(tx, user.id, actor.sessionId);
    });
  }

  async function requirePassword(actor: Actor, given: string): Promise<void> {
    const user = await db.read((read) => requireSelf(read, actor));
    limits.login(user.usernameKey);
    if (!(await passwords.verify(given, user.passwordHash))) throw new ChatError("wrong_password");
    limits.loggedIn(user.usernameKey);
  }

  async function requireSelf(read: Read, actor: Actor): Promise<store.UserRow> {
    await requireActor(read, actor);
    return (await store.findUser(read, actor.userId))!;
  }

  // Other people

  function user(actor: Actor, id: number): Promise<z.infer<typeof wire.User>> {
    return db.read(async (read) => {
      await requireActor(read, actor);
      return toUser(await requireUser(read, id));
    });
  }

  function search(actor: Actor, text: string): Promise<z.infer<typeof wire.Users>> {
    return db.read(async (read) => {
      await requireActor(read, actor);
      const rows = await store.searchUsers(read, text.trim(), toNameKey(text.trim()), searchLimit);
      return { users: rows.map(toUser) };
    });
  }

  // The operator

  async function operatorAdd(input: z.output<typeof wire.Register>): Promise<Me> {
    refuseWeak(input.password);
    const passwordHash = await passwords.hash(input.password);
    return toMe(await db.transact((tx) => addUser(tx, input, passwordHash)));
  }

  async function operatorPassword(username: string, password: string): Promise<Me> {
    refuseWeak(password);
    const passwordHash = await passwords.hash(password);
    return db.transact(async (tx) => {
      const user = await requireByName(tx, username);
      await endOtherSessions(tx, user.id, 0);
      return toMe(await store.updateUser(tx, user.id, { passwordHash }));
    });
  }

  function operatorSetActive(username: string, isActive: boolean): Promise<Me> {
    return db.transact(async (tx) => {
      const user = await requireByName(tx, username);
      if (!isActive) await endOtherSessions(tx, user.id, 0);
      return toMe(await store.updateUser(tx, user.id, { isActive }));
    });
  }

  function operatorList(): Promise<Me[]> {
    return db.read(async (read) => (await store.listUsers(read)).map(toMe));
  }

  async function requireByName(read: Read, username: string): Promise<store.UserRow> {
    const user = await store.findUserByLogin(read, username);
    if (!user) throw new ChatError("not_found", `There is no user ${JSON.stringify(username)}.`);
    return user;
  }

  function addUser(
    tx: Tx,
    input: z.output<typeof wire.Register>,
    passwordHash: string,
  ): Promise<store.UserRow> {
    return store.insertUser(tx, {
      username: input.username,
      usernameKey: input.username.toLowerCase(),
      email: input.email,
      emailKey: input.email.toLowerCase(),
      fullName: input.full_name ?? null,
      nameKey: toNameKey(input.full_name ?? null),
      passwordHash,
      createdAt: clock.now(),
    });
  }

  return {
    register,
    login,
    refresh,
    authenticate,
    authenticateTicket,
    ticket,
    logout,
    sessions,
    endSession,
    me,
    updateMe,
    changePassword,
    user,
    search,
    operatorAdd,
    operatorPassword,
    operatorSetActive,
    operatorList,
  };
}

function toMe(row: store.UserRow): Me {
  return {
    ...toUser(row),
    email: row.email,
    is_active: row.isActive,
    created_at: toTime(row.createdAt),
  };
}

/** A name as it is searched: without case and accents. */
function toNameKey(name: string | null): string {
  return (name ?? "").normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
