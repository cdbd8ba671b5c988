import type { Read } from "../../../platform/db/database.ts";
import type { Membership } from "../../chat/index.ts";
import type { Item } from "../items.ts";
import type { Notification } from "../schema.ts";
import { render } from "./render.ts";

/**
 * What these people are told of chats in which they have something unread, whether there is a notification of it or not.
 * In the order of `members`; undefined where there is nothing to show.
 */
export async function renderUnread(
  read: Read,
  members: readonly Membership[],
): Promise<(Notification | undefined)[]> {
  const rendered = await render(read, members.map(toItem));
  const byId = new Map(rendered.map((one) => [one.id, one]));
  return members.map((_, i) => {
    const one = byId.get(i);
    return one?.data.message_id === undefined ? undefined : one;
  });
}

/** As if there were one. */
function toItem(member: Membership, id: number): Item {
  const { userId, chatId, lastReadId } = member;
  const nobody = { mentionId: null, subjectId: null, byUserId: null, readPos: null };
  return {
    member,
    row: { id, userId, chatId, type: "message", messageId: lastReadId + 1, createdAt: 0, ...nobody },
  };
}
