import type { Conversation, Entry, Session, Shown } from "../../sdk/index.ts";
import type { Style } from "../text/style.ts";

/** How many unsent messages are shown one by one. */
const shownUnsent = 3;

/** How things stand, a line each: what is not sent, what was refused, who writes, how far the last message has come. */
export function statusLines(session: Session, conversation: Conversation, style: Style): string[] {
  const shown = conversation.timeline.peek().filter((one) => one.kind === "message");
  const open = shown.filter((one) => one.entry).map((one) => unsentLine(one, style));
  const more = open.length - shownUnsent;
  return [
    ...open.slice(0, shownUnsent),
    ...(more > 0 ? [`and ${more} more`] : []),
    ...reachedLine(shown.at(-1), session.me.peek().id),
    ...typingLine(conversation, style),
    ...connectionLine(session),
  ];
}

function unsentLine({ entry, message, progress }: Shown, style: Style): string {
  const what = entry?.kind === "send" ? "" : `${entry?.kind} of [${message.seq}] `;
  const files = entry?.kind === "send" ? entry.files.map((one) => one.name).join(" ") : "";
  return `${what}${entry ? stateOf(entry, progress) : ""}: ${style.name(message.content || files)}`;
}

function stateOf({ state }: Entry, progress: number | undefined): string {
  if (state === "failed") return "refused (/retry or /drop)";
  if (state === "asks") return "not sent for a long time (/retry or /drop)";
  if (progress !== undefined) return `sending, ${Math.round(progress * 100)} %`;
  return state === "sending" ? "sending" : "not sent yet";
}

/** Of one's own message, as long as it is the last. */
function reachedLine(last: Shown | undefined, me: number): string[] {
  const isOwn = last && last.message.sender_id === me && last.message.id > 0;
  return isOwn && (last.state === "delivered" || last.state === "read")
    ? [`[${last.message.seq}] ${last.state}`]
    : [];
}

function typingLine({ typing }: Conversation, style: Style): string[] {
  const names = typing.peek().map((one) => style.name(one.username));
  if (names.length === 0) return [];
  return [names.length === 1 ? `${names[0]} is typing` : `${names.join(", ")} are typing`];
}

function connectionLine({ connection }: Session): string[] {
  const state = connection.peek();
  if (state === "offline") return ["no connection, trying again"];
  return state === "connecting" ? ["connecting"] : [];
}
