import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { findChats, findMemberships } from "../../chat/index.ts";
import { type ChatJob, nothing, type PageDone } from "./jobs.ts";
import { notify } from "./notify.ts";
import { isInvited } from "./store.ts";

/** Whoever was put into a group is to have an invitation. Into a direct chat nobody is invited. */
export async function entered(kit: Kit, tx: Tx, { chatId, ref: userId }: ChatJob): Promise<PageDone> {
  const [member] = await findMemberships(tx, [{ chatId, userId }]);
  if (!member || member.addedBy === null) return nothing;
  const [chat] = await findChats(tx, [chatId]);
  if (chat?.chatType === "direct") return nothing;
  const messageId = member.joinedAfterId + 1;
  const isKnown = member.lastReadId >= messageId || (await isInvited(tx, { userId, chatId, messageId }));
  if (isKnown) return nothing;
  await notify(kit, tx, [{ type: "group_invite", userId, chatId, messageId, byUserId: member.addedBy }]);
  return nothing;
}
