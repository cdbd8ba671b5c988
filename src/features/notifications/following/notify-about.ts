import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import type { Membership } from "../../chat/index.ts";
import type { NotificationType } from "../schema.ts";
import { notify } from "./notify.ts";

/** News of a custom type (`types.ts`) about a message. */
export interface NewsAbout {
  type: NotificationType;
  /** Whom it is for. */
  member: Pick<Membership, "userId" | "chatId" | "lastReadId" | "joinedAfterId">;
  messageId: number;
  byUserId: number;
}

/** It is read, at the latest, when its user reads anything that comes after what they have read by now. */
export async function notifyAbout(
  kit: Kit,
  tx: Tx,
  { type, member, messageId, byUserId }: NewsAbout,
): Promise<void> {
  const { userId, chatId, lastReadId, joinedAfterId } = member;
  const readBehind = Math.max(lastReadId, joinedAfterId) + 1;
  await notify(kit, tx, [{ type, userId, chatId, messageId: readBehind, subjectId: messageId, byUserId }]);
}
