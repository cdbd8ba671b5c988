/** Steps that change who is in a chat, with the events that tell of it. */
import { chatAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { findSize } from "../groups/store.ts";
import { memberUpdated } from "./events.ts";
import type { Member, Role } from "./schema.ts";
import * as store from "./store.ts";
import { requireOther } from "./view.ts";

type JournalKit = Pick<Kit, "journal" | "clock">;

/** Who comes into a chat, and by whom. */
export interface Joining {
  people: { userId: number; role: Role }[];
  by: number;
  /** The chat's last message: what people wrote up to it counts as read. */
  readTo: number;
}

/** Puts people into a chat. What happened in it so far is not theirs to hear. */
export async function enrol(
  kit: JournalKit,
  tx: Tx,
  chatId: number,
  { people, by, readTo }: Joining,
): Promise<void> {
  const joinedPos = await kit.journal.newest(tx);
  const { messageCount: readCount } = await findSize(tx, chatId);
  const joining = { chatId, joinedAt: kit.clock.now(), joinedPos, joinedAfterId: readTo, readCount };
  for (const { userId, role } of people) {
    await store.insertMember(tx, { ...joining, userId, role, addedBy: userId === by ? null : by });
  }
}

export async function giveRole(
  kit: JournalKit,
  tx: Tx,
  chatId: number,
  userId: number,
  role: Role,
): Promise<Member> {
  await store.updateMember(tx, chatId, userId, { role });
  return tellChanged(kit, tx, chatId, userId);
}

/** Tells everybody in the chat what a member is like now. */
export async function tellChanged(kit: JournalKit, tx: Tx, chatId: number, userId: number): Promise<Member> {
  const member = await requireOther(tx, chatId, userId);
  await kit.journal.record(tx, memberUpdated, chatAudience(chatId), userId, { chat_id: chatId, member });
  return member;
}
