import { type Signal, signal } from "@preact/signals-core";

import type { Entry } from "../outbox/entry.ts";
import { change } from "../told.ts";
import type { Me } from "../wire.ts";
import { ChatState } from "./chat-state.ts";
import type { Change, Counter, DraftRow, Notice } from "./rows.ts";

/**
 * What a person may see, as far as it is here. Only `commit` changes it; who reads it in a computed signal reads the
 * version of what it depends on.
 */
export class Replica {
  readonly chats = new Map<number, ChatState>();
  readonly notices = new Map<number, Notice>();
  readonly outbox = new Map<string, Entry>();
  readonly drafts = new Map<string, DraftRow>();
  /** By chat; nothing that is shown depends on them. */
  readonly counters = new Map<number, Counter>();
  /** How much of the files of an entry has been sent, from 0 to 1. Not kept. */
  readonly progress = new Map<string, number>();
  /** What this installation is called in encrypted messages. */
  deviceId: string | undefined;
  readonly me: Signal<Me>;
  /** Which chats there are, and what stands in their rows. */
  readonly chatsVersion: Signal<number> = signal(0);
  readonly noticesVersion: Signal<number> = signal(0);
  readonly outboxVersion: Signal<number> = signal(0);
  readonly draftsVersion: Signal<number> = signal(0);
  /** How much there is, of all chats. */
  readonly size = { messages: 0, members: 0 };

  constructor(me: Me) {
    this.me = signal(me);
  }

  get myId(): number {
    return this.me.value.id;
  }

  commit(changes: readonly Change[]): void {
    change(() => {
      for (const one of changes) this.#put(one);
    });
  }

  #put(change: Change): void {
    const { kind, at, value } = change;
    if (kind === "message" || kind === "member") {
      const [chatId, id] = at;
      const state = this.chats.get(chatId);
      if (!state) return;
      this.#putInChat(state, id, change);
      state.version.value += 1;
    } else if (kind === "chat") this.#putChat(at[0], value);
    else if (kind === "me") {
      if (value) this.me.value = value;
    } else if (kind === "device") this.deviceId = value;
    else if (kind === "notice") put(this.notices, at[0], value, this.noticesVersion);
    else if (kind === "entry") this.#putEntry(at[0], value);
    else if (kind === "counter") {
      if (value) this.counters.set(at[0], value);
      else this.counters.delete(at[0]);
    } else put(this.drafts, at[0], value, this.draftsVersion);
  }

  #putInChat(state: ChatState, id: number, change: Change): void {
    const { messages, members } = state;
    const before = { messages: messages.length, members: members.size };
    if (change.kind === "message") state.putMessage(id, change.value);
    else if (change.kind === "member") state.putMember(id, change.value);
    this.size.messages += messages.length - before.messages;
    this.size.members += members.size - before.members;
  }

  #putChat(id: number, row: ChatState["row"] | undefined): void {
    const state = this.chats.get(id);
    if (!row) this.chats.delete(id);
    else if (state) state.putRow(row);
    else this.chats.set(id, new ChatState(id, row));
    if (state) state.version.value += 1;
    this.chatsVersion.value += 1;
  }

  #putEntry(key: string, entry: Entry | undefined): void {
    const about = entry ?? this.outbox.get(key);
    put(this.outbox, key, entry, this.outboxVersion);
    const state = about && this.chats.get(about.chat_id);
    if (!state) return;
    if (about.kind !== "send") state.timeline.changed(about.message_id);
    state.version.value += 1;
  }
}

function put<K, V>(map: Map<K, V>, key: K, value: V | undefined, version: Signal<number>): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
  version.value += 1;
}
