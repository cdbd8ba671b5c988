import { computed, type ReadonlySignal } from "@preact/signals-core";

import { ChatEncryption } from "./chat-encryption.ts";
import { randomId } from "./environment.ts";
import { messageOf, ParleyError } from "./errors.ts";
import type { FileToSend } from "./files/multipart.ts";
import type { Core } from "./core.ts";
import type { EntryFile } from "./outbox/entry.ts";
import type { Target } from "./outbox/wishes.ts";
import * as wishes from "./outbox/wishes.ts";
import type { Typist } from "./presence.ts";
import type { ChatState } from "./replica/chat-state.ts";
import type { Draft } from "./replica/rows.ts";
import type { Gap, Item } from "./replica/timeline.ts";
import type { ChatView } from "./replica/views.ts";
import type { Member, SentType } from "./wire.ts";

export interface SendOptions {
  /** A message's id, or the key of one that is still being sent. */
  replyTo?: Target;
  files?: readonly FileToSend[];
  /** What it is to its readers; by its files, unless said. */
  type?: SentType;
}

/**
 * One chat: what is shown of it, as signals, and what can be done in it. What is asked for is kept first and sent then.
 *
 * @example
 * await chat.open();
 * const stop = chat.timeline.subscribe((items) => console.log(`${items.length} messages`));
 * await chat.send("Hello");
 * stop();
 */
export class Conversation {
  /**
   * The chat's id.
   *
   * @example
   * console.log(chat.id);
   */
  readonly id: number;
  /**
   * The chat with its counts; undefined when one is not in it, or no longer.
   *
   * @example
   * console.log(chat.info.value?.unread_count);
   */
  readonly info: ReadonlySignal<ChatView | undefined>;
  /**
   * The messages that are here, oldest first, with gaps where there are others on the server. What is being sent stands at the end. An
   * item stays the same object as long as nothing of it changes.
   *
   * @example
   * for (const item of chat.timeline.value) {
   *   if (item.kind === "gap") console.log(`${item.count} more`);
   *   else console.log(`${item.message.sender_username}: ${item.message.content} (${item.state})`);
   * }
   */
  readonly timeline: ReadonlySignal<readonly Item[]>;
  /**
   * The members, once the chat was opened; of large chats after `loadMembers`.
   *
   * @example
   * console.log(chat.members.value.map((one) => one.username));
   */
  readonly members: ReadonlySignal<readonly Member[]>;
  /**
   * Who is writing.
   *
   * @example
   * console.log(chat.typing.value.map((one) => one.username));
   */
  readonly typing: ReadonlySignal<readonly Typist[]>;
  /**
   * Ids of who is online, while the chat is looked at.
   *
   * @example
   * console.log(chat.online.value.size);
   */
  readonly online: ReadonlySignal<ReadonlySet<number>>;

  /**
   * Its end-to-end encryption.
   *
   * @example
   * console.log(chat.encryption instanceof ChatEncryption);
   */
  readonly encryption: ChatEncryption;

  readonly #core: Core;
  #sending: Promise<unknown> = Promise.resolve();

  /** @internal */
  constructor(core: Core, id: number) {
    this.#core = core;
    this.id = id;
    const { replica, presences } = core;
    this.encryption = new ChatEncryption({
      chatId: id,
      encryption: core.encryption,
      isOn: () => replica.chats.get(id)?.row.encryption.on ?? false,
      members: async () => {
        await core.windows.loadMembers(id);
        return this.members.value;
      },
    });
    this.typing = presences.typing(id);
    this.online = presences.online(id);
    this.info = computed(() => {
      const state = this.#state();
      return state && core.view(state);
    });
    this.timeline = computed(() => {
      const state = this.#state();
      return state ? state.timeline.items(replica, core.hasMarkers(state)) : [];
    });
    this.members = computed(() => {
      const state = this.#state();
      return state ? [...state.members.values()].toSorted((a, b) => a.id - b.id) : [];
    });
  }

  /**
   * Loads its newest messages and its members, where they are not here yet, and keeps them in memory; of a chat that is not here yet, as
   * soon as it is. Errors: those of
   * `GET /api/messages/{id}`; `no_answer`.
   *
   * @example
   * await chat.open();
   */
  async open(): Promise<void> {
    await this.#core.open(this.id);
  }

  /**
   * It may be forgotten when there is too much in memory.
   *
   * @example
   * chat.close();
   */
  close(): void {
    this.#core.windows.close(this.id);
  }

  /**
   * Loads a page before the oldest message up to which nothing is missing. False: nothing stands before it.
   *
   * @example
   * while (await chat.older());
   */
  async older(): Promise<boolean> {
    return this.#core.windows.older(this.id);
  }

  /**
   * Loads what stands around a message: a search result, what was replied to.
   *
   * @example
   * await chat.around(message.id);
   */
  async around(messageId: number): Promise<void> {
    await this.#core.windows.load(this.id, { around: messageId });
  }

  /**
   * Loads what is missing in a gap, a page from its end.
   *
   * @example
   * for (const item of chat.timeline.value) if (item.kind === "gap") await chat.fill(item);
   */
  async fill(gap: Gap): Promise<void> {
    await this.#core.windows.load(this.id, { before: gap.before });
  }

  /**
   * Loads all members, with their presence and how far they have read.
   *
   * @example
   * await chat.loadMembers();
   */
  async loadMembers(): Promise<void> {
    await this.#core.windows.loadMembers(this.id);
  }

  /**
   * It is on the screen: it is told who is online and types, and nothing of it is pushed to one's devices.
   *
   * @example
   * chat.look();
   */
  look(): void {
    this.#core.look(this.id);
  }

  /**
   * It is on the screen no more.
   *
   * @example
   * chat.leave();
   */
  leave(): void {
    this.#core.leave(this.id);
  }

  /**
   * Writes a message. Resolves with its key, when it is in the store: then it is sent, also after a restart; where the store fails
   * (`isKept`), it is sent as long as the program runs. `key` stays its key in the timeline. Errors: `store_failed` where a file cannot
   * be kept; `store_moved`; `aborted` after `close`.
   *
   * @example
   * const key = await chat.send("Here is the picture", {
   *   replyTo: message.id,
   *   files: [{ name: "notes.txt", blob: new Blob(["tea at six"]) }],
   * });
   * console.log(key);
   */
  send(content: string, options: SendOptions = {}): Promise<string> {
    // One whose files are still being kept has its place before the next.
    const sending = this.#sending.then(() => this.#send(content, options));
    this.#sending = sending.catch(() => {});
    return sending;
  }

  /**
   * Gives a message another text. It may be one that is still being sent.
   *
   * @example
   * const key = await chat.send("Helo");
   * await chat.edit(key, "Hello");
   */
  async edit(target: Target, content: string): Promise<void> {
    const core = this.#core;
    await core.sync.write(wishes.wantEdit(core.replica, core.begin(this.id), target, content));
  }

  /**
   * Deletes a message; takes one back that has not been sent.
   *
   * @example
   * const key = await chat.send("never mind");
   * await chat.remove(key);
   */
  async remove(target: Target): Promise<void> {
    const core = this.#core;
    if (typeof target === "string") core.outbox.cancel(target);
    await core.sync.write(wishes.wantRemove(core.replica, core.begin(this.id), target));
  }

  /**
   * Reacts with an emoji.
   *
   * @example
   * await chat.react(message.id, "👍");
   */
  async react(messageId: number, emoji: string): Promise<void> {
    await this.#core.sync.write(wishes.wantReaction(this.#core.begin(this.id), messageId, emoji, true));
  }

  /**
   * Takes a reaction back.
   *
   * @example
   * await chat.unreact(message.id, "👍");
   */
  async unreact(messageId: number, emoji: string): Promise<void> {
    await this.#core.sync.write(wishes.wantReaction(this.#core.begin(this.id), messageId, emoji, false));
  }

  /**
   * Marks as read up to and including a message; the newest, unless said.
   *
   * @example
   * await chat.read();
   */
  async read(messageId?: number): Promise<void> {
    const state = this.#state();
    const id = messageId ?? state?.newest?.id;
    if (id === undefined || (state && id <= this.#core.marker(state))) return;
    await this.#core.sync.write(wishes.wantRead(this.#core.begin(this.id), id));
  }

  /**
   * Somebody types here. May be called for every key.
   *
   * @example
   * chat.type();
   */
  type(): void {
    this.#core.presences.type(this.id);
  }

  /**
   * They have stopped. Sending says so as well.
   *
   * @example
   * chat.stopTyping();
   */
  stopTyping(): void {
    this.#core.presences.stopTyping(this.id);
  }

  /**
   * What was begun here, under this name. In a computed signal it is worked out anew when it changes.
   *
   * @example
   * console.log(chat.draft()?.text);
   */
  draft(name = ""): Draft | undefined {
    void this.#core.replica.draftsVersion.value;
    const row = this.#core.replica.drafts.get(`${this.id}:${name}`);
    if (!row) return undefined;
    const { kept_at: _, ...draft } = row;
    return draft;
  }

  /**
   * Keeps what was begun; undefined forgets it. Drafts are never forgotten by themselves.
   *
   * @example
   * await chat.keepDraft({ text: "Dear Bob", reply_to: message.id });
   * await chat.keepDraft(undefined);
   */
  async keepDraft(draft: Draft | undefined, name = ""): Promise<void> {
    const { sync, environment } = this.#core;
    const value = draft && { ...draft, kept_at: environment.now() };
    await sync.write([{ kind: "draft", at: [`${this.id}:${name}`], value }]);
  }

  async #send(content: string, { replyTo, files = [], type }: SendOptions): Promise<string> {
    const { sync, replica } = this.#core;
    const kept: EntryFile[] = [];
    for (const { name, blob, thumbnail } of files) {
      const id = await this.#keepFile(name, blob);
      const small = thumbnail && (await this.#keepFile(name, thumbnail));
      kept.push({ id, name, size: blob.size, ...(small && { thumbnail: small }) });
    }
    const { key, changes } = wishes.wantSend(replica, this.#core.begin(this.id), {
      content,
      content_type: type ?? (files.length === 0 ? "text" : undefined),
      reply_to: replyTo,
      files: kept,
    });
    this.stopTyping();
    await sync.write(changes);
    return key;
  }

  /** Under which id. */
  async #keepFile(name: string, blob: Blob): Promise<string> {
    const id = randomId();
    try {
      await this.#core.store.keepFile(id, blob);
      return id;
    } catch (error) {
      throw new ParleyError("store_failed", `${name} cannot be kept until it is sent (${messageOf(error)}).`);
    }
  }

  #state(): ChatState | undefined {
    const state = this.#core.replica.chats.get(this.id);
    // What reads this in a computed signal is worked out anew when one of them changes.
    void (state?.version ?? this.#core.replica.chatsVersion).value;
    return state;
  }
}
