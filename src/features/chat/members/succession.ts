/** Who owns a group whose owner has gone. */
import type { Kit } from "../../../kit.ts";
import type { Read, Tx } from "../../../platform/db/database.ts";
import { activeAmong, inactiveUserIds, type Person, profilesById } from "../../accounts/index.ts";
import { appendSystem } from "../messages/append.ts";
import { giveRole } from "./changes.ts";
import type { Member } from "./schema.ts";
import * as store from "./store.ts";

type JournalKit = Pick<Kit, "journal" | "clock">;

/**
 * Somebody's account was closed, or opened again: in each of their groups whose owner's account is closed, the
 * longest-serving admin becomes the owner, else the longest-serving member. A group of which nobody is left waits
 * for the first one who comes back.
 */
export async function fillVacancies(kit: JournalKit, tx: Tx, userId: number): Promise<void> {
  const groups = await store.findOwnersOfGroups(tx, userId);
  const present = await activeAmong(
    tx,
    groups.flatMap((one) => one.ownerId ?? []),
  );
  for (const { chatId, ownerId } of groups) {
    if (ownerId !== null && present.has(ownerId)) continue;
    const heir = await findHeir(tx, chatId);
    if (heir) await succeed(kit, tx, chatId, heir);
  }
}

/** The same of all whose accounts were closed before there were successors, and of whoever is left to succeed since. */
export async function fillAllVacancies(kit: Kit): Promise<void> {
  const gone = await kit.db.read(async (read) => store.ownersAmong(read, await inactiveUserIds(read)));
  for (const userId of gone) await kit.db.transact((tx) => fillVacancies(kit, tx, userId));
}

/** Whose account is open and who has served longest, admins before members; not `except`. */
export async function findHeir(read: Read, chatId: number, except = 0): Promise<Person | undefined> {
  const members = await store.bySeniority(read, chatId);
  const present = await activeAmong(read, members);
  const heir = members.find((id) => id !== except && present.has(id));
  return heir === undefined ? undefined : (await profilesById(read, [heir])).get(heir);
}

/** The former owner, if there is one, stays as an admin. */
export async function succeed(kit: JournalKit, tx: Tx, chatId: number, heir: Person): Promise<Member> {
  const ownerId = await store.findOwner(tx, chatId);
  if (ownerId !== undefined) await giveRole(kit, tx, chatId, ownerId, "admin");
  const member = await giveRole(kit, tx, chatId, heir.id, "owner");
  const facts = { event: "owner_succeeded", user_id: heir.id, username: heir.username } as const;
  await appendSystem(kit, tx, heir, chatId, facts);
  return member;
}
