import { computed, type ReadonlySignal } from "@preact/signals-core";

import type { Encryption } from "./encryption.ts";
import type { ChatPreview, EncryptedChatView, OpenedMessage } from "./encryption/types.ts";
import { derive } from "./replica/opened.ts";
import type { Member, Message, Role } from "./wire.ts";

interface Parts {
  chatId: number;
  encryption: Encryption;
  /** Whether the chat is encrypted. */
  isOn(): boolean;
  /** All members, as the server has them. */
  members(): Promise<readonly Member[]>;
}

/**
 * A chat's end-to-end encryption. In an encrypted chat one writes and reads as in any other; who is in it is changed here, because each
 * change is signed. Errors of all: `keys_locked` where this device has not unlocked the keys; `encryption_blocked` where something is wrong,
 * `message` says what; those of the calls.
 *
 * @example
 * console.log(chat.info.value?.encryption.on);
 */
export class ChatEncryption {
  /**
   * What is wrong with the chat, for people: what the server shows of it is not what was signed, or not what was seen before. Nothing is sent
   * or believed there then. To be shown, and not to be overlooked.
   *
   * @example
   * const stopWatching = chat.encryption.problem.subscribe((text) => text && console.log(text));
   * stopWatching();
   */
  readonly problem: ReadonlySignal<string | undefined>;
  readonly #parts: Parts;

  /** @internal */
  constructor(parts: Parts) {
    this.#parts = parts;
    this.problem = computed(() => parts.encryption.chatProblems.value.get(parts.chatId));
  }

  /**
   * Who would be in the chat, by which keys: to be shown before `turnOn`.
   *
   * @example
   * const { members } = await chat.encryption.preview().catch(() => ({ members: [] }));
   * for (const one of members) console.log(one.user_id, one.fingerprint ?? "has no keys yet");
   */
  async preview(): Promise<ChatPreview> {
    return (await this.#face()).preview(await this.#parts.members());
  }

  /**
   * Turns encryption on, for good. `preview`: what the person has agreed to. `history`: whether whoever adds somebody later may hand them what
   * was written before.
   *
   * @example
   * const preview = await chat.encryption.preview();
   * await chat.encryption.turnOn(preview, { history: "shared" });
   */
  async turnOn(
    preview: ChatPreview,
    { history = "none" }: { history?: "none" | "shared" } = {},
  ): Promise<void> {
    return (await this.#face()).turnOn(preview, history);
  }

  /**
   * Who is in the chat, by what its members have signed: not by the server's word.
   *
   * @example
   * for (const one of (await chat.encryption.view()).members) console.log(one.user_id, one.role, one.is_current);
   */
  async view(): Promise<EncryptedChatView> {
    return (await this.#face()).view();
  }

  /**
   * Adds somebody; lets in again who has new keys that were acknowledged, or was away.
   *
   * @example
   * await chat.encryption.add(carol);
   */
  async add(userId: number, role: Role = "member"): Promise<void> {
    return (await this.#face()).add(userId, role);
  }

  /**
   * Removes somebody: nothing more is written for them.
   *
   * @example
   * await chat.encryption.remove(carol);
   */
  async remove(userId: number): Promise<void> {
    return (await this.#face()).remove(userId);
  }

  /**
   * Leaves the chat.
   *
   * @example
   * await chat.encryption.leave();
   */
  async leave(): Promise<void> {
    return (await this.#face()).leave();
  }

  /**
   * Gives a member a role; `owner` hands the chat over.
   *
   * @example
   * await chat.encryption.setRole(carol, "admin");
   */
  async setRole(userId: number, role: Role): Promise<void> {
    return (await this.#face()).setRole(userId, role);
  }

  /**
   * Whether whoever adds somebody may hand them what is written from now on.
   *
   * @example
   * await chat.encryption.setHistory("shared");
   */
  async setHistory(history: "none" | "shared"): Promise<void> {
    return (await this.#face()).setHistory(history);
  }

  /**
   * Opens messages of this chat that are not in its timeline: of an event, or of a page of a call. They are judged together, so a whole
   * history is given at once. Those of the timeline are opened by themselves.
   *
   * @example
   * session.listen(async (event) => {
   *   if (event.type !== "new_message" || event.message.chat_id !== chat.id) return;
   *   const [opened] = await chat.encryption.open([event.message]);
   *   console.log(opened?.message.content);
   * });
   */
  async open(messages: readonly Message[]): Promise<OpenedMessage[]> {
    if (!this.#parts.isOn() && !messages.some((one) => one.encrypted))
      return messages.map((message) => ({ message, encryption: undefined }));
    const opened = await (await this.#parts.encryption.part()).read(this.#parts.chatId, messages);
    return messages.map((message) => {
      const one = opened.get(message.id);
      const quoted = message.reply_to ? opened.get(message.reply_to.id) : undefined;
      return { message: derive(message, one, quoted), encryption: one?.encryption };
    });
  }

  async #face() {
    return (await this.#parts.encryption.part()).chat(this.#parts.chatId);
  }
}
