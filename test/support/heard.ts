import type { Frame } from "./socket.ts";

/** What somebody was told, one short line per event; acknowledgements and the like are left out. */
export function heard(frames: Frame[]): string[] {
  return frames.filter(isEvent).map(describe);
}

/** They follow from other events at their own pace, so they have no certain place among them. */
const later = ["message_status", "notification", "mention_notification", "notifications_read"];

/** Events carry a cursor; so do these two, which say where live begins. What follows later is left out. */
export function isEvent(frame: Frame): boolean {
  return hasCursor(frame) && !later.includes(frame.type);
}

/** The same with what follows later. */
export function hasCursor(frame: Frame): boolean {
  return frame["cursor"] !== undefined && frame.type !== "connected" && frame.type !== "resync";
}

/**
 * What was heard at one time is compared with what is told at another without `status`: a new message is "sent",
 * and the same one an hour later perhaps "read".
 */
export function withoutStatus<Told>(told: Told): Told {
  return JSON.parse(lineOf(told)) as Told;
}

/** The same as one line of text. */
export function lineOf(told: unknown): string {
  return JSON.stringify(told, (key, value: unknown) => (key === "status" ? undefined : value));
}

function describe(frame: Frame): string {
  const { type, message, member, chat } = frame;
  if (message) return `${type} ${message.chat_id}/${message.seq} ${message.content}`;
  if (member) return `${type} ${frame["chat_id"]} ${member.username} ${member.role}`;
  if (type === "chat_created") return `${type} ${chat.id} as ${chat.my_role}`;
  if (chat) return `${type} ${chat.id} ${chat.name}${chat.is_active ? "" : " (closed)"}`;
  if (type === "member_removed") return `${type} ${frame["chat_id"]} ${frame["user_id"]}`;
  if (type === "message_deleted") return `${type} ${frame["chat_id"]} ${frame["message_id"]}`;
  return `${type} ${frame["chat_id"]}`;
}
