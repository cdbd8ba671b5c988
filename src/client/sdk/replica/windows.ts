import type { Caller } from "../calls.ts";
import type { ChatState } from "./chat-state.ts";
import { type Anchor, loadMembers, loadMessages, membersAnew, messagesAnew, messagesAtOnce } from "./load.ts";
import type { Replica } from "./replica.ts";
import type { Change } from "./rows.ts";
import type { Sync } from "./sync.ts";

interface Parts {
  replica: Replica;
  caller: Caller;
  sync: Sync;
  isLarge(memberCount: number): boolean;
}

/** What is here of each chat's messages and members, and how more of it gets here. */
export class Windows {
  readonly #opened = new Set<number>();
  /** Requests under way, so that two who want the same ask once. */
  readonly #asking = new Map<string, Promise<unknown>>();

  constructor(private readonly parts: Parts) {}

  isOpen(chatId: number): boolean {
    return this.#opened.has(chatId);
  }

  async open(chatId: number): Promise<void> {
    this.#opened.add(chatId);
    const state = this.parts.replica.chats.get(chatId);
    if (!state) return;
    const run = runAtEnd(state);
    const oldest = run[0];
    const isEnough = run.length >= messagesAtOnce || (oldest?.seq ?? 1) === 1;
    const missing = !isEnough && this.load(chatId, {});
    const { has_members, member_count } = state.row;
    const members = !has_members && !this.parts.isLarge(member_count) && this.loadMembers(chatId);
    await Promise.all([missing, members]);
  }

  close(chatId: number): void {
    this.#opened.delete(chatId);
  }

  async older(chatId: number): Promise<boolean> {
    const state = this.parts.replica.chats.get(chatId);
    const oldest = state && runAtEnd(state)[0];
    if (!oldest || oldest.seq === 1) return false;
    await this.load(chatId, { before: oldest.id });
    const now = this.parts.replica.chats.get(chatId);
    return now !== undefined && (runAtEnd(now)[0]?.id ?? 0) < oldest.id;
  }

  load(chatId: number, anchor: Anchor): Promise<unknown> {
    const { caller, replica } = this.parts;
    return this.#once(`messages ${chatId} ${JSON.stringify(anchor)}`, () =>
      this.#ask(
        () => loadMessages(caller, chatId, anchor),
        (answer) => {
          const state = replica.chats.get(chatId);
          return state ? messagesAnew(replica, state, answer, anchor) : [];
        },
      ),
    );
  }

  loadMembers(chatId: number): Promise<unknown> {
    const { caller, replica } = this.parts;
    return this.#once(`members ${chatId}`, () =>
      this.#ask(
        () => loadMembers(caller, chatId),
        (members) => {
          const state = replica.chats.get(chatId);
          return state ? membersAnew(state, members) : [];
        },
      ),
    );
  }

  /** Until the answer is of use. */
  async #ask<A>(request: () => Promise<A>, toChanges: (answer: A) => Change[]): Promise<void> {
    while ((await this.parts.sync.ask(request, toChanges)) === undefined);
  }

  #once(name: string, ask: () => Promise<unknown>): Promise<unknown> {
    const running = this.#asking.get(name);
    if (running) return running;
    const asking = ask().finally(() => this.#asking.delete(name));
    this.#asking.set(name, asking);
    return asking;
  }
}

/** The newest messages, as far back as none is missing. */
function runAtEnd({ messages, row }: ChatState): ChatState["messages"] {
  let first = messages.length - 1;
  for (; first > 0; first--) {
    const seq = messages[first]?.seq ?? 0;
    const before = messages[first - 1]?.seq ?? 0;
    const isGone = row.gone.some(([from, to]) => from === before + 1 && to === seq - 1);
    if (before + 1 !== seq && !isGone) break;
  }
  return messages.slice(Math.max(0, first));
}
