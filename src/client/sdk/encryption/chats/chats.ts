/** The encrypted chats of a person: each is looked at when it is needed first. */
import { BadObject } from "../../../../e2ee/bad-object.ts";
import type { Entry } from "../../outbox/entry.ts";
import type { ChatState } from "../../replica/chat-state.ts";
import type { Opened } from "../../replica/opened.ts";
import type { Counter } from "../../replica/rows.ts";
import { MemberChanges } from "./change-members.ts";
import { EncryptedChat } from "./encrypted-chat.ts";
import type { ChatCalls, ChatKeys } from "./ports.ts";
import { ChatProblem } from "./problem.ts";

export interface ChatsParts {
  keys: ChatKeys;
  replica: {
    readonly myId: number;
    readonly chats: ReadonlyMap<number, ChatState>;
    readonly counters: ReadonlyMap<number, Counter>;
    readonly outbox: ReadonlyMap<string, Entry>;
  };
  callsOf(chatId: number): ChatCalls;
  /** Milliseconds of the wall clock. */
  now(): number;
  /** Whether the server refused with this code. */
  isRefusal(error: unknown, code: string): boolean;
  /** What was made of messages of a chat, all at once. */
  put(state: ChatState, opened: ReadonlyMap<number, Opened | undefined>): void;
  /** What is wrong with a chat, for people; undefined: nothing. */
  showProblem(chatId: number, problem: string | undefined): void;
  /** Another name for this installation: somebody else has used the one that it had. */
  renameDevice(): Promise<string>;
  /** What keeps something from being encrypted until somebody has decided, for people. */
  blocked(detail: string): Error;
}

export interface OneChat {
  chat: EncryptedChat;
  members: MemberChanges;
}

export class EncryptedChats {
  readonly #chats = new Map<number, OneChat>();

  constructor(readonly parts: ChatsParts) {}

  of(id: number): OneChat {
    let one = this.#chats.get(id);
    if (!one) {
      const { keys, now, isRefusal, replica } = this.parts;
      const isGroup = replica.chats.get(id)?.row.chat_type === "group";
      const showProblem = (problem: string | undefined) => this.parts.showProblem(id, problem);
      const parts = { id, isGroup, keys, calls: this.parts.callsOf(id), now, isRefusal, showProblem };
      const chat = new EncryptedChat(parts);
      one = { chat, members: new MemberChanges(parts, chat) };
      this.#chats.set(id, one);
    }
    return one;
  }

  /** Whether something is wrong with a chat, which is shown. Errors: those of the calls. */
  async look(id: number): Promise<void> {
    await this.of(id)
      .chat.refresh()
      .catch((error) => {
        if (wordsOf(error) === undefined) throw error;
      });
  }

  /** Something has happened in a chat, or everywhere. */
  outdate(id?: number): void {
    for (const [chatId, { chat }] of this.#chats) if (id === undefined || id === chatId) chat.outdate();
  }

  /** It is another chat than was known, or none: it is looked at from its beginning. */
  forget(id: number): void {
    this.#chats.delete(id);
  }
}

/** What is wrong with what somebody sent or the server shows, for people; undefined for what is something else, such as a broken line. */
export function wordsOf(error: unknown): string | undefined {
  return error instanceof BadObject || error instanceof ChatProblem ? error.message : undefined;
}
