import type { Member, Message } from "../wire.ts";
import { type MessageEncryption, type Opened, OpenedMessages } from "./opened.ts";
import type { ChatRow } from "./rows.ts";

/** What is here of one chat, as the server has it. */
export class ChatRows {
  readonly members = new Map<number, Member>();
  /** By id, which is the order of `seq` as well; there may be holes. */
  readonly messages: Message[] = [];
  /** Ids of the replies that are here, by what they reply to. */
  readonly replies = new Map<number, Set<number>>();
  readonly #opened = new OpenedMessages();

  constructor(
    readonly id: number,
    public row: ChatRow,
  ) {}

  get newest(): Message | undefined {
    return this.messages.at(-1);
  }

  message(id: number): Message | undefined {
    const found = this.messages[this.indexOf(id)];
    return found?.id === id ? found : undefined;
  }

  /** As it is shown: what was opened of it, and of what it replies to. */
  shown(message: Message): Message {
    // What the server's own call has encrypted for people goes through plain chats as it is.
    if (!this.row.encryption.on) return message;
    const { reply_to_id } = message;
    return this.#opened.shown(message, reply_to_id === null ? undefined : this.message(reply_to_id));
  }

  /** Undefined in a plain chat, and for what was written before it was encrypted. */
  encryptionOf(message: Message): MessageEncryption | undefined {
    return this.row.encryption.on ? this.#opened.encryptionOf(message) : undefined;
  }

  /** What was made of a message as it is now; undefined: nothing yet. */
  openedOf(message: Message): Opened | undefined {
    return this.#opened.of(message);
  }

  putOpened(id: number, opened: Opened | undefined): void {
    this.#opened.put(id, opened);
  }

  putRow(row: ChatRow): void {
    this.row = row;
  }

  putMessage(id: number, message: Message | undefined): void {
    const index = this.indexOf(id);
    const isKnown = this.messages[index]?.id === id;
    if (!message) {
      if (isKnown) this.#forget(index);
      return;
    }
    this.messages.splice(index, isKnown ? 1 : 0, message);
    const { reply_to_id } = message;
    if (reply_to_id === null) return;
    const replies = this.replies.get(reply_to_id);
    if (replies) replies.add(id);
    else this.replies.set(reply_to_id, new Set([id]));
  }

  putMember(id: number, member: Member | undefined): void {
    if (member) this.members.set(id, member);
    else this.members.delete(id);
  }

  /** Where the message with this id is, or would be. Mostly at the end. */
  indexOf(id: number): number {
    const { messages } = this;
    let end = messages.length;
    if (end === 0 || (messages[end - 1]?.id ?? 0) < id) return end;
    let start = 0;
    while (start < end) {
      const middle = (start + end) >>> 1;
      if ((messages[middle]?.id ?? 0) < id) start = middle + 1;
      else end = middle;
    }
    return start;
  }

  #forget(index: number): void {
    const [gone] = this.messages.splice(index, 1);
    if (gone) this.#opened.put(gone.id, undefined);
    if (!gone || gone.reply_to_id === null) return;
    const replies = this.replies.get(gone.reply_to_id);
    replies?.delete(gone.id);
    if (replies?.size === 0) this.replies.delete(gone.reply_to_id);
  }
}
