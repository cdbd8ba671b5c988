/** Opens the messages of a chat that are here, and says what is wrong with them. */
import { type Placed, type Problem, problemsIn } from "../../crypto/continuity.ts";
import type { EncryptedMessage } from "../../crypto/message.ts";
import type { Signed } from "../../../../e2ee/signed.ts";
import type { ChatState } from "../../replica/chat-state.ts";
import type { Inside, MessageEncryption, Opened } from "../../replica/opened.ts";
import type { Message } from "../../wire.ts";
import { signedAmong } from "./announced.ts";
import { type EncryptedChats, wordsOf } from "./chats.ts";
import { NotForMe } from "./epoch-log.ts";
import { filesIn, problemsOf } from "./files.ts";

/** So many are opened before they are shown. */
const atOnce = 25;

const words: Record<Problem["kind"], string> = {
  repeated: "It stands here once more than it was sent.",
  forked: "Its device has sent another message in its place.",
  moved: "It does not stand where it was sent.",
  missing: "Something that its sender wrote before it is missing.",
  late: "It was written with keys that were over by then.",
  parted: "Its sender has been shown other messages than you.",
};
const notEncrypted = "It is not encrypted: the server may have read it, changed it, or written it.";
const removed = "The server has removed it: nobody has signed that.";
const unsigned = "The server says this: nobody has signed it.";

export class Opener {
  /** Chats that are at work, and whether there is more to do by now. */
  readonly #running = new Map<number, { again: boolean; done: Promise<void> }>();
  /** What was opened, for what it says of the others. */
  readonly #opened = new WeakMap<Opened, Signed<EncryptedMessage>>();

  constructor(private readonly chats: EncryptedChats) {}

  /** Resolves when all that is here of a chat is opened, or cannot be. Errors: those of the calls. */
  open(id: number): Promise<void> {
    const running = this.#running.get(id);
    if (running) {
      running.again = true;
      return running.done;
    }
    const mine = { again: true, done: Promise.resolve() };
    this.#running.set(id, mine);
    mine.done = this.#run(id, mine).finally(() => this.#running.delete(id));
    return mine.done;
  }

  async #run(id: number, mine: { again: boolean }): Promise<void> {
    while (mine.again) {
      mine.again = false;
      await this.#openAll(id);
    }
  }

  async openNewest(id: number): Promise<void> {
    const { replica, put } = this.chats.parts;
    const state = replica.chats.get(id);
    const newest = state?.newest;
    if (!state || !newest?.encrypted || state.openedOf(newest)) return;
    put(state, new Map([[newest.id, await this.#open(newest)]]));
    // What was said of the others, where all were open once, may be over with it.
    if (!state.messages.some((one) => state.encryptionOf(one)?.state === "opening")) this.#compare(state);
  }

  /** What stands in messages that need not be here, by their ids, and what is to be said of them. Errors: those of the calls. */
  async read(id: number, messages: readonly Message[]): Promise<Map<number, Opened>> {
    const opened = new Map<number, Opened>();
    for (let i = 0; i < messages.length; i += atOnce) {
      const some = messages.slice(i, i + atOnce).filter((one) => one.encrypted);
      await Promise.all(some.map(async (one) => opened.set(one.id, await this.#open(one))));
    }
    const here = this.chats.parts.replica.chats.get(id)?.messages ?? [];
    const first = Math.min(firstEncrypted(here), firstEncrypted(messages));
    const judged = this.#judge(messages, (one) => opened.get(one.id), first);
    return new Map([...opened, ...judged]);
  }

  /** What could not be opened may be by now. */
  outdate(id: number): void {
    const { replica, put } = this.chats.parts;
    const state = replica.chats.get(id);
    const isClosed = (state: string | undefined) => state === "failed" || state === "unreadable";
    const failed = state?.messages.filter((one) => isClosed(state.encryptionOf(one)?.state)) ?? [];
    if (state && failed.length > 0) put(state, new Map(failed.map((one) => [one.id, undefined])));
  }

  async #openAll(id: number): Promise<void> {
    const { parts } = this.chats;
    for (;;) {
      const state = parts.replica.chats.get(id);
      const next = state?.messages.findLast((one) => one.encrypted && !state.openedOf(one));
      if (!state || !next) break;
      const last = state.messages.indexOf(next);
      const some = state.messages
        .slice(0, last + 1)
        .filter((one) => one.encrypted && !state.openedOf(one))
        .slice(-atOnce);
      const opened = await Promise.all(some.map(async (one) => [one.id, await this.#open(one)] as const));
      parts.put(state, new Map(opened));
    }
    const state = parts.replica.chats.get(id);
    if (!state) return;
    await this.#judgeSystem(state);
    this.#compare(state);
  }

  async #open(message: Message): Promise<Opened> {
    const { content: from } = message;
    try {
      const signed = await this.chats.of(message.chat_id).chat.open(message);
      const inside = toInside(signed, message);
      const opened: Opened = { from, inside, encryption: openedWith(problemsOf(inside, message)) };
      this.#opened.set(opened, signed);
      if (this.#isCopy(message.chat_id, signed.payload)) {
        const { keys, renameDevice } = this.chats.parts;
        keys.device = await renameDevice();
      }
      return opened;
    } catch (error) {
      const why = wordsOf(error);
      if (why === undefined) throw error;
      const state = error instanceof NotForMe ? "unreadable" : "failed";
      return { from, inside: undefined, encryption: { state, problems: [why] } };
    }
  }

  /** By this device, but not from here: what is kept here was copied, or is old. */
  #isCopy(chatId: number, { device, ctr }: EncryptedMessage): boolean {
    const { keys, replica } = this.chats.parts;
    if (device !== keys.device) return false;
    const counter = replica.counters.get(chatId);
    if (counter?.device === device && ctr <= counter.ctr) return false;
    const own = [...replica.outbox.values()].filter((one) => one.chat_id === chatId);
    return !own.some(({ sealed }) => sealed?.device === device && sealed.ctr === ctr);
  }

  #compare(state: ChatState): void {
    const { messages } = state;
    const changed = this.#judge(messages, (one) => state.openedOf(one), firstEncrypted(messages));
    if (changed.size > 0) this.chats.parts.put(state, changed);
  }

  /** What the messages say of each other, where that is not said already. `first`: from this `seq` on nothing is plain. */
  #judge(
    messages: readonly Message[],
    openedOf: (message: Message) => Opened | undefined,
    first: number,
  ): Map<number, Opened> {
    const problems = new Map<number, string[]>();
    for (const range of rangesOf(messages)) {
      const encrypted = range.filter((one) => one.encrypted);
      const placed = encrypted.flatMap((one) => this.#placed(one, openedOf(one)) ?? []);
      const isWhole = range[0]?.seq === 1 && placed.length === encrypted.length;
      for (const { seq, kind } of problemsIn(placed, isWhole))
        problems.set(seq, [...(problems.get(seq) ?? []), words[kind]]);
    }
    for (const message of messages) {
      const inside = openedOf(message)?.inside;
      const wrong = inside ? problemsOf(inside, message) : [];
      if (wrong.length > 0) problems.set(message.seq, [...wrong, ...(problems.get(message.seq) ?? [])]);
    }
    const changed = new Map<number, Opened>();
    for (const message of messages) {
      const before = openedOf(message);
      const now = judge(message, before, problems.get(message.seq) ?? [], first);
      if (now) changed.set(message.id, this.#keep(before, now));
    }
    return changed;
  }

  /** What the server says of a chat since it is encrypted is believed where a member has signed the same. */
  async #judgeSystem(state: ChatState): Promise<void> {
    const said = state.messages.slice(firstEncryptedIn(state)).filter((one) => one.content_type === "system");
    if (said.every((one) => state.openedOf(one))) return;
    const { chat } = this.chats.of(state.id);
    // What is wrong with the chat itself is said there.
    await this.chats.look(state.id);
    const signed = signedAmong(said, chat.membership.steps);
    const judged = said.map((one): [number, Opened] => {
      const encryption = signed.has(one.id)
        ? openedWith([])
        : ({ state: "failed", problems: [unsigned] } as const);
      return [one.id, { from: one.content, inside: undefined, encryption }];
    });
    this.chats.parts.put(state, new Map(judged));
  }

  #placed(message: Message, opened: Opened | undefined): Placed | undefined {
    const signed = opened && this.#opened.get(opened);
    return signed && { seq: message.seq, hash: signed.hash, message: signed.payload };
  }

  /** What is said of a message by others is said of what was opened of it. */
  #keep(before: Opened | undefined, now: Opened): Opened {
    const signed = before && this.#opened.get(before);
    if (signed) this.#opened.set(now, signed);
    return now;
  }
}

const openedWith = (problems: string[]): MessageEncryption => ({ state: "opened", problems });

/** What is to be said of a message, where that is not what is said of it already. */
function judge(
  { seq, encrypted, is_deleted, content_type, content }: Message,
  before: Opened | undefined,
  problems: string[],
  first: number,
): Opened | undefined {
  if (encrypted) {
    if (!before?.inside || before.encryption.problems.join() === problems.join()) return undefined;
    return { ...before, encryption: openedWith(problems) };
  }
  if (before || content_type === "system" || seq < first) return undefined;
  const why = is_deleted ? removed : notEncrypted;
  return { from: content, inside: undefined, encryption: { state: "failed", problems: [why] } };
}

function firstEncrypted(messages: readonly Message[]): number {
  return messages.find((one) => one.encrypted)?.seq ?? Infinity;
}

function firstEncryptedIn({ messages }: ChatState): number {
  const first = messages.findIndex((one) => one.encrypted);
  return first < 0 ? messages.length : first;
}

/** Between which nothing is missing. */
function rangesOf(messages: readonly Message[]): Message[][] {
  const ranges: Message[][] = [];
  for (const message of messages) {
    const last = ranges.at(-1);
    if (last && last.at(-1)?.seq === message.seq - 1) last.push(message);
    else ranges.push([message]);
  }
  return ranges;
}

/** Errors: BadObject for a file that is not what a message may name. */
function toInside({ payload, hash }: Signed<EncryptedMessage>, message: Message): Inside {
  const { body, device, ctr } = payload;
  const files = filesIn(body, message);
  const media = files.flatMap((one) => one.media ?? []);
  return {
    shown: { content: body.text, mentions: body.mentions, media },
    files,
    version: [device, ctr, hash],
    replaces: body.replaces,
  };
}
