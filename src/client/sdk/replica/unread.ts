import type { Message } from "../wire.ts";
import type { ChatRows } from "./chat-rows.ts";

/** What stands behind somebody's marker is unread, unless it is their own, deleted or the chat's own words. */
export function isUnread(message: Message, me: number): boolean {
  return message.sender_id !== me && message.content_type !== "system" && !message.is_deleted;
}

/** Counts what is unread in a chat from the messages that are here; what was counted last is gone on with. */
export class Unread {
  #last: { marker: number; me: number; count: number | undefined } | undefined;

  constructor(private readonly rows: ChatRows) {}

  /** A message has come behind all others. */
  appended(message: Message, before: Message | undefined): void {
    const last = this.#last;
    if (last?.count === undefined || !before || before.seq + 1 !== message.seq) this.#last = undefined;
    else if (message.id > last.marker && isUnread(message, last.me)) last.count += 1;
  }

  /** Some other message has come, changed or gone. */
  changed(): void {
    this.#last = undefined;
  }

  /**
   * How many messages behind `marker` are unread, where that can be counted: the messages that are here reach back to it
   * without a hole. Undefined where they do not.
   */
  behind(marker: number, me: number): number | undefined {
    if (this.#last?.marker !== marker || this.#last.me !== me) {
      this.#last = { marker, me, count: countFrom(this.rows.messages, marker, me) };
    }
    return this.#last.count;
  }

  /** The same, where that is not so, as well as it can be told for now. */
  count(marker: number, me: number): number {
    return this.estimate(marker, me).unread;
  }

  /**
   * From what the server counted last, and the messages since; of somebody who has read on since, from what is here. `isSure` is not
   * so where some of those messages are missing here.
   */
  estimate(marker: number, me: number): { unread: number; isSure: boolean } {
    const exact = this.behind(marker, me);
    if (exact !== undefined) return { unread: exact, isSure: true };
    const { messages, newest, row } = this.rows;
    const isSame = row.counted.marker === marker;
    let unread = isSame ? row.counted.unread : 0;
    let since = 0;
    for (let i = messages.length - 1; i >= 0; i--) {
      const message = messages[i];
      if (!message || (isSame ? message.seq <= row.counted.seq : message.id <= marker)) break;
      since += 1;
      if (isUnread(message, me)) unread += 1;
    }
    return { unread, isSure: isSame && row.counted.seq + since >= (newest?.seq ?? 0) };
  }
}

function countFrom(messages: readonly Message[], marker: number, me: number): number | undefined {
  let found = 0;
  let above: Message | undefined;
  for (let i = messages.length - 1; i >= 0; i--) {
    const message = messages[i];
    if (!message || (above && above.seq !== message.seq + 1)) break;
    if (message.id <= marker) return found;
    if (isUnread(message, me)) found += 1;
    above = message;
  }
  return (above?.seq ?? 1) === 1 ? found : undefined;
}
