import { type Signal, signal } from "@preact/signals-core";

import type { Member, Message } from "../wire.ts";
import { ChatRows } from "./chat-rows.ts";
import type { Opened } from "./opened.ts";
import type { ChatRow } from "./rows.ts";
import { Timeline } from "./timeline.ts";
import { Unread } from "./unread.ts";

/** What is known of one chat, and what has been worked out of it. */
export class ChatState extends ChatRows {
  readonly timeline = new Timeline(this);
  readonly unread = new Unread(this);
  /** Counts what has changed, so that what is shown is worked out anew only then. */
  readonly version: Signal<number> = signal(0);

  override putRow(row: ChatRow): void {
    if (row.gone !== this.row.gone) this.timeline.changed(0);
    super.putRow(row);
  }

  override putMessage(id: number, message: Message | undefined): void {
    this.timeline.changed(id);
    if (message && id > (this.newest?.id ?? 0)) this.unread.appended(message, this.newest);
    else this.unread.changed();
    super.putMessage(id, message);
  }

  override putOpened(id: number, opened: Opened | undefined): void {
    for (const one of [id, ...(this.replies.get(id) ?? [])]) this.timeline.changed(one);
    super.putOpened(id, opened);
  }

  override putMember(id: number, member: Member | undefined): void {
    this.timeline.memberChanged(this.members.get(id), member);
    super.putMember(id, member);
  }
}
