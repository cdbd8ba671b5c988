import type { ChatView, MessageEncryption } from "../../sdk/index.ts";
import { wordsInstead } from "./encryption.ts";
import type { Style } from "../text/style.ts";
import { clockText, dayText } from "../text/time.ts";
import { visibleLine } from "../text/visible.ts";
import { cut, pad } from "../text/width.ts";

/** What people call it: the other person's user name, or the group's name. */
export function chatName({ id, name, peer }: ChatView): string {
  return peer?.username ?? name ?? `id:${id}`;
}

const mostForNames = 24;
/** In front of encrypted chats; others have spaces there, so that no name can look like one. */
const lock = "🔒";
/** Between two cells. */
const gap = "  ";

/** The list: names, unread messages, when and what was last. What has no room in `columns` is cut, and cells are left out. */
export function chatLines(
  chats: readonly ChatView[],
  style: Style,
  columns: number,
  today: string,
  encryptionOf: (chat: ChatView) => MessageEncryption | undefined = () => undefined,
): string[] {
  const locks = chats.some(isEncrypted) ? chats.map((one) => [isEncrypted(one) ? lock : "  "]) : [];
  const forNames = Math.min(mostForNames, Math.ceil(columns / 3));
  const unread = chats.map(({ unread_count: count }) => (count === 0 ? "" : style.strong(`${count} unread`)));
  const forUnread = Math.max(0, ...unread.map((one) => Bun.stringWidth(one)));
  const showsUnread = forUnread > 0 && forNames + forUnread + gap.length <= columns;
  return chats.map((chat, i) => {
    const name = style.name(cut(visibleLine(chatName(chat)), forNames));
    const cells = [
      ...(locks[i] ?? []),
      pad(name, forNames),
      ...(showsUnread ? [pad(unread[i] ?? "", forUnread)] : []),
    ];
    const start = cells.join(gap);
    const last = cut(
      lastOf(chat, style, today, encryptionOf(chat)),
      columns - Bun.stringWidth(start) - gap.length,
    );
    return last === "" ? start : start + gap + last;
  });
}

function isEncrypted({ encryption }: Partial<Pick<ChatView, "encryption">>): boolean {
  return encryption?.on ?? false;
}

function lastOf(
  { last_message: last }: ChatView,
  style: Style,
  today: string,
  encryption: MessageEncryption | undefined,
): string {
  if (!last) return "";
  const day = dayText(last.created_at);
  const when = day === today ? clockText(last.created_at) : day;
  const words = last.is_deleted
    ? "(deleted)"
    : (wordsInstead(last, encryption) ?? last.content) || (last.media[0]?.original_filename ?? "");
  const who = last.content_type === "system" ? "*" : `${style.name(last.sender_username)}:`;
  return `${when} ${who} ${style.name(words)}`;
}
