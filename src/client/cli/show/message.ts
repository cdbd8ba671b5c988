import type { Media, Message, MessageEncryption, Reaction } from "../../sdk/index.ts";
import { sizeText } from "../text/size.ts";
import type { Style } from "../text/style.ts";
import { clockText } from "../text/time.ts";
import { visibleLine } from "../text/visible.ts";
import { cut } from "../text/width.ts";
import { problemLines, wordsInstead } from "./encryption.ts";

/** Stands before every line of a message but its first: what somebody writes cannot pass for another message. */
const indent = "     ";

/** The user name of somebody in the chat, where it is known. */
export type NameOf = (userId: number) => string | undefined;

/** A message as lines: who wrote when, the text, and below it what it answers, its files and reactions, and what is wrong with it. */
export function messageText(
  message: Message,
  style: Style,
  nameOf: NameOf,
  encryption?: MessageEncryption,
): string {
  const head = `${numberText(message, style)} ${style.aside(clockText(message.created_at))}`;
  if (message.content_type === "system") {
    const said = `${head} * ${style.lines(message.content).join(" ")}`;
    return [said, ...problemLines(encryption, style).map((line) => indent + line)].join("\n");
  }
  const [first = "", ...more] = wordsOf(message, style, encryption);
  const below = [...more, ...quoteOf(message, style), ...message.media.map((one) => fileText(one, style))];
  if (message.reactions.length > 0) below.push(reactionsText(message.reactions, style, nameOf));
  below.push(...problemLines(encryption, style));
  const start = `${head} ${style.strong(style.name(message.sender_username))}:`;
  return [first === "" ? start : `${start} ${first}`, ...below.map((line) => indent + line)].join("\n");
}

/** How commands name it; what is not sent yet has no number. */
export function numberText({ seq }: Message, style: Style): string {
  return style.aside(`[${seq || "…"}]`);
}

function wordsOf(message: Message, style: Style, encryption: MessageEncryption | undefined): string[] {
  if (message.is_deleted) return [style.aside("(deleted)")];
  const instead = wordsInstead(message, encryption);
  if (instead !== undefined) return [style.aside(instead)];
  const lines = style.lines(message.content);
  return message.is_edited ? [...lines.slice(0, -1), `${lines.at(-1)} ${style.aside("(edited)")}`] : lines;
}

const quoteColumns = 60;

function quoteOf({ reply_to: quoted }: Message, style: Style): string[] {
  if (!quoted) return [];
  const words = quoted.is_deleted ? "(deleted)" : quoted.content || (quoted.original_filename ?? "");
  return [
    style.aside(
      `(to ${style.name(quoted.sender_username)}: ${style.name(cut(visibleLine(words), quoteColumns))})`,
    ),
  ];
}

/** `file: photo.jpg (image, 1.4 MB)` */
function fileText(file: Media, style: Style): string {
  const state = file.state === "ready" ? "" : `, ${file.state}`;
  const about = `${file.media_type}, ${sizeText(file.file_size)}${state}`;
  return `file: ${style.name(file.original_filename)} ${style.aside(`(${about})`)}`;
}

/** `👍 alice, bob  🎉 carol and 3 more  ☀️ 250` */
export function reactionsText(reactions: readonly Reaction[], style: Style, nameOf: NameOf): string {
  return reactions
    .map(({ emoji, count, user_ids }) => {
      const names = user_ids.flatMap((id) => nameOf(id) ?? []);
      const more = count - names.length;
      const known = names.map((one) => style.name(one)).join(", ");
      const others = known === "" ? `${more}` : ` and ${more} more`;
      return `${style.name(emoji)} ${known}${more > 0 ? others : ""}`;
    })
    .join("  ");
}
