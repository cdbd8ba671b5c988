import type { z } from "zod";

import type { Actor } from "../../core/actor.ts";
import { ChatError } from "../../core/errors.ts";
import type { Origin } from "../../core/feature.ts";
import type { Read } from "../../platform/db/database.ts";
import { acquainted, sharingChat } from "../chats/membership.ts";
import { requireSelf, toMe } from "./account.ts";
import { keyMark, parseNames, toNameKey } from "./name-search.ts";
import { refuseWeak } from "./passwords.ts";
import { changeUser, requireActor, toUser, usersById } from "./people.ts";
import type * as wire from "./schema.ts";
import type { AccountsDeps } from "./deps.ts";
import { endOtherSessions } from "./sessions.ts";
import * as store from "./store.ts";

type Me = z.infer<typeof wire.Me>;
type User = z.infer<typeof wire.User>;

/** Names in one transaction. */
const keysAtOnce = 500;

/** The verbs about one's own account and about other people. */
export function createProfile(deps: AccountsDeps) {
  const { db, journal, clock, passwords, limits, heavyReads, isOnline } = deps;

  // Oneself

  function me(actor: Actor): Promise<Me> {
    return db.read(async (read) => toMe(await requireSelf(read, actor), isOnline));
  }

  /** Whether an e-mail address is taken is worth asking for, so each time counts, unless it is one's own. */
  async function updateMe(actor: Actor, input: z.output<typeof wire.UpdateMe>, origin: Origin): Promise<Me> {
    const email = input.email ?? undefined;
    if (email !== undefined) {
      const { id, emailKey } = await requirePassword(actor, input.current_password ?? "", origin);
      if (emailKey !== email.toLowerCase()) limits.changeEmail(id);
    }
    return db.transact(async (tx) => {
      const user = await requireSelf(tx, actor);
      await deps.requirePicture(tx, input.avatar_url, user.id);
      const change: Partial<store.UserRow> = {};
      if (input.full_name !== undefined) {
        Object.assign(change, { fullName: input.full_name, nameKey: toNameKey(input.full_name) });
      }
      if (input.bio !== undefined) change.bio = input.bio;
      if (input.avatar_url !== undefined) change.avatarUrl = input.avatar_url;
      if (email !== undefined) Object.assign(change, { email, emailKey: email.toLowerCase() });
      if (Object.keys(change).length === 0) return toMe(user, isOnline);
      return toMe(await changeUser(tx, journal, user, change), isOnline);
    });
  }

  async function changePassword(
    actor: Actor,
    input: z.output<typeof wire.ChangePassword>,
    origin: Origin,
  ): Promise<void> {
    await requirePassword(actor, input.current_password, origin);
    refuseWeak(input.new_password);
    const passwordHash = await passwords.hash(input.new_password, { ...origin, isKnown: true });
    await db.transact(async (tx) => {
      const user = await requireSelf(tx, actor);
      await store.updateUser(tx, user.id, { passwordHash });
      await endOtherSessions(tx, journal, user.id, actor.sessionId, clock.now());
    });
  }

  async function requirePassword(actor: Actor, given: string, origin: Origin): Promise<store.UserRow> {
    const user = await db.read((read) => requireSelf(read, actor));
    limits.confirm(actor.sessionId);
    const isRight = await passwords.verify(given, user.passwordHash, { ...origin, isKnown: true });
    if (!isRight) throw new ChatError("wrong_password");
    limits.confirmed(actor.sessionId);
    return user;
  }

  // Other people

  /** Errors: `not_found`. */
  async function user(actor: Actor, id: number): Promise<User> {
    const [found] = (await users(actor, [id])).users;
    if (!found) throw new ChatError("not_found", "There is no such person.");
    return found;
  }

  /** Those of `ids` whom one may see, each once, in this order. */
  function users(actor: Actor, ids: number[]): Promise<z.infer<typeof wire.Users>> {
    return db.read(async (read) => {
      const me = await requireActor(read, actor);
      const known = await usersById(read, ids);
      const gone = [...known.values()].filter((row) => !row.isActive).map((row) => row.id);
      const stillSeen = await sharingChat(read, me.id, gone);
      const rows = [...new Set(ids)].flatMap((id) => known.get(id) ?? []);
      const seen = rows.filter((row) => row.isActive || stillSeen.has(row.id));
      return { users: await viewAs(read, me.id, seen) };
    });
  }

  /** Looks at every name, so it does that beside the event loop. Errors: those of `Places`. */
  function search(
    actor: Actor,
    text: string,
    limit: number,
    gone: AbortSignal,
  ): Promise<z.infer<typeof wire.Users>> {
    const query = parseNames(text);
    const look = async (read: Read) => {
      await requireActor(read, actor);
      const rows = query.words.length > 0 ? await store.searchUsers(read, query, limit) : [];
      return { users: await viewAs(read, actor.userId, rows) };
    };
    return heavyReads.run(actor.userId, () => db.readAside(look), gone);
  }

  /** Whether they are online is for oneself and those who share a chat. */
  async function viewAs(read: Read, viewer: number, rows: store.UserRow[]): Promise<User[]> {
    const ids = rows.map((row) => row.id);
    const known = (await acquainted(read, viewer, ids)).add(viewer);
    return rows.map((row) => toUser(row, known.has(row.id) ? isOnline : undefined));
  }

  /** Makes anew, before anybody searches, what names are searched by and was made by an earlier release. */
  async function renewNameKeys(): Promise<void> {
    for (let after: number | undefined = 0; after !== undefined;) {
      const from: number = after;
      after = await db.transact(async (tx) => {
        const rows = await store.findOtherKeys(tx, keyMark, from, keysAtOnce);
        for (const { id, fullName } of rows) await store.updateUser(tx, id, { nameKey: toNameKey(fullName) });
        return rows.length < keysAtOnce ? undefined : rows.at(-1)!.id;
      });
    }
  }

  return { me, updateMe, changePassword, user, users, search, renewNameKeys };
}
