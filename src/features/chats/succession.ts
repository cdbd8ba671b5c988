/** Who owns a group whose owner has gone. */
import { ChatError } from "../../core/errors.ts";
import type { Clock } from "../../core/clock.ts";
import type { Journal } from "../../events/journal.ts";
import type { Database, Tx } from "../../platform/db/database.ts";
import { idsByName, type Person } from "../accounts/people.ts";
import { appendSystem } from "../messages/timeline.ts";
import { giveRole } from "./changes.ts";
import type { ChatsDeps } from "./deps.ts";
import { isMember, requireActive, requireOther } from "./membership.ts";
import type { Member } from "./schema.ts";
import * as store from "./store.ts";

/**
 * Somebody's account was closed, or opened again: in each of their groups whose owner's account is closed, the
 * longest-serving admin becomes the owner, else the longest-serving member. A group of which nobody is left waits
 * for the first one who comes back.
 */
export async function fillVacancies(tx: Tx, journal: Journal, userId: number, at: number): Promise<void> {
  for (const chatId of await store.findVacancies(tx, userId)) {
    const heir = await store.findHeir(tx, chatId);
    if (heir) await succeed(tx, journal, chatId, heir, at);
  }
}

/** The same of all whose accounts were closed before there were successors, and of whoever is left to succeed since. */
export async function fillAllVacancies(db: Database, journal: Journal, clock: Clock): Promise<void> {
  for (const userId of await db.read(store.findGoneOwners)) {
    await db.transact((tx) => fillVacancies(tx, journal, userId, clock.now()));
  }
}

/** The former owner, if there is one, stays as an admin. */
async function succeed(tx: Tx, journal: Journal, chatId: number, heir: Person, at: number): Promise<Member> {
  const ownerId = await store.findOwner(tx, chatId);
  if (ownerId !== undefined) await giveRole(tx, journal, chatId, ownerId, "admin");
  const member = await giveRole(tx, journal, chatId, heir.id, "owner");
  const facts = { event: "owner_succeeded", user_id: heir.id, username: heir.username } as const;
  await appendSystem(tx, journal, heir, chatId, facts, at);
  return member;
}

export type SuccessionDeps = Pick<ChatsDeps, "db" | "journal" | "clock">;

/** The verb of the operator, who has no session. */
export function createSuccession({ db, journal, clock }: SuccessionDeps) {
  /** Makes a member the owner of a group. Errors: `not_found`, also for a closed account, and `chat_inactive`. */
  function transfer(chatId: number, username: string): Promise<Member> {
    return db.transact(async (tx) => {
      const [chat] = await store.findChats(tx, [chatId]);
      if (chat?.chatType !== "group") throw new ChatError("not_found", `There is no group ${chatId}.`);
      requireActive(chat);
      const id = (await idsByName(tx, [username.toLowerCase()])).get(username.toLowerCase());
      const name = JSON.stringify(username);
      if (id === undefined) throw new ChatError("not_found", `There is no user ${name}.`);
      if (!(await isMember(tx, chatId, id)))
        throw new ChatError("not_found", `${name} is not in group ${chatId}.`);
      const member = await requireOther(tx, chatId, id);
      if (!member.is_active) throw new ChatError("not_found", `The account of ${name} is disabled.`);
      if (member.role === "owner") return member;
      return succeed(tx, journal, chatId, { id, username: member.username }, clock.now());
    });
  }

  return { transfer };
}
