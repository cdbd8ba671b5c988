/** One encrypted chat: who is in it by its signed steps, its epochs, and what opens and seals its messages. */
import { BadObject } from "../../../../e2ee/bad-object.ts";
import type { EpochReason } from "../../../../e2ee/epochs.ts";
import { type Signed, verify } from "../../../../e2ee/signed.ts";
import {
  type EncryptedMessage,
  type MessageHeader,
  openMessage,
  readMessageHeader,
  sealMessage,
} from "../../crypto/message.ts";
import { type Epoch, EpochLog, toRow } from "./epoch-log.ts";
import { takeGrant } from "./grants.ts";
import { chainsWith } from "./identities.ts";
import { makeEpoch } from "./make-epoch.ts";
import { MembershipLog, requireKey } from "./membership-log.ts";
import type { ChatCalls, ChatKeys } from "./ports.ts";
import { peekHeader } from "./peek.ts";
import { ChatProblem, orProblem } from "./problem.ts";

/** The parts of a message of the server's that its ciphertext has to agree with. */
export interface CarriedMessage {
  client_id: string | null;
  sender_id: number;
  content: string;
  is_edited: boolean;
  is_deleted: boolean;
}

/** What is sealed; the rest is of the chat. */
export type Draft = Pick<EncryptedMessage, "mid" | "ctr" | "prev" | "seen" | "at" | "body">;

export interface SealedMessage {
  content: string;
  n: number;
  hash: string;
}

export interface EncryptedChatParts {
  id: number;
  isGroup: boolean;
  keys: ChatKeys;
  calls: ChatCalls;
  /** Milliseconds of the wall clock. */
  now(): number;
  /** Whether the server refused with this code. */
  isRefusal(error: unknown, code: string): boolean;
  /** What is wrong with it, for people; undefined: nothing. */
  showProblem(problem: string | undefined): void;
}

/** How often others may be faster with an epoch, one after the other. */
const mostAttempts = 5;

export class EncryptedChat {
  readonly membership: MembershipLog;
  readonly epochs: EpochLog;
  #due: string | null = null;
  #isKnown = false;
  /** With what the server shows, and with making an epoch. */
  readonly #wrong: Record<"seen" | "made", string | undefined> = { seen: undefined, made: undefined };
  #refreshing: Promise<void> | undefined;
  #making: Promise<Epoch> | undefined;
  #granting: Promise<void> | undefined;

  constructor(private readonly parts: EncryptedChatParts) {
    const { keys, id, isGroup } = parts;
    this.membership = new MembershipLog(keys, id, isGroup);
    this.epochs = new EpochLog(keys, id, this.membership);
  }

  /** Something has happened there: what is known is looked at again before anything is sent. */
  outdate(): void {
    this.#isKnown = false;
    this.#granting = undefined;
  }

  /** Brings it up to date. Errors: ChatProblem; those of the calls. */
  refresh(): Promise<void> {
    return (this.#refreshing ??= this.#shown("seen", this.#refresh()).finally(
      () => (this.#refreshing = undefined),
    ));
  }

  /** Whether it can be written in as it stands: else `current` makes an epoch. */
  async isUsable(): Promise<boolean> {
    if (!this.#isKnown) await this.refresh();
    return (await this.#usable()) !== undefined;
  }

  /** The epoch that a message is to be sent under, which is made where one is due. Errors: ChatProblem, BadObject; those of the calls. */
  async current(): Promise<Epoch> {
    if (!this.#isKnown) await this.refresh();
    return (
      (await this.#usable()) ??
      (this.#making ??= this.#shown("made", this.#make()).finally(() => (this.#making = undefined)))
    );
  }

  /** For everybody who may read now. Errors: as of `current`; BadObject for what is too large. */
  async seal(draft: Draft): Promise<SealedMessage> {
    const { keys, id } = this.parts;
    const { announcement, hash: ep } = await this.current();
    const { n } = announcement;
    const [key, me] = await Promise.all([this.epochs.key(n), keys.identity()]);
    const { mid, ctr, prev, seen, at, body } = draft;
    const place = { v: 1, iss: keys.iss, chat: id, n, ep, from: keys.userId, device: keys.device } as const;
    const { text, hash } = await sealMessage({ ...place, mid, ctr, prev, seen, at, body }, me, key);
    return { content: text, n, hash };
  }

  /**
   * Errors: BadObject, in words for people, where it cannot be opened or is not what the server says it is; ChatProblem; those of the calls.
   */
  async open(carried: CarriedMessage): Promise<Signed<EncryptedMessage>> {
    const { keys, id } = this.parts;
    const { from, mid: sealedMid } = peekHeader<MessageHeader>(carried.content);
    // Whoever deletes a message of another has written what stands in its place; an edit has a name of its own.
    const author = carried.is_deleted && from !== undefined ? from : carried.sender_id;
    const mid = carried.is_deleted || carried.is_edited ? sealedMid : carried.client_id;
    const header = readMessageHeader(carried.content, { chat: id, from: author, mid: mid ?? "" });
    if (header.n > this.epochs.n) await this.refresh();
    const epoch = this.epochs.at(header.n);
    if (!epoch) throw new BadObject("it is of an epoch that the server does not show");
    if (epoch.announcement.kid !== header.kid) throw new BadObject("it has another key than its epoch");
    if (!this.epochs.isMine(header.n)) await this.#takeGrants();
    const { key } = await this.epochs.key(header.n);
    const signed = await openMessage(carried.content, header, { iss: keys.iss, ann: epoch.hash, key });
    const row = epoch.roster.find((one) => one.user === header.from);
    if (!row) throw new BadObject("who wrote it was not in the chat");
    const chains = await chainsWith(keys, [], { by: header.from, by_kid: row.ikKid });
    await verify(signed, requireKey(chains.get(header.from), row.ikKid), row.ikKid);
    this.#requirePlace(signed.payload, carried);
    return signed;
  }

  /** Looked for once, until something happens. */
  #takeGrants(): Promise<void> {
    return (this.#granting ??= this.#takeAll());
  }

  /** What is wrong with a grant is no reason not to take another. */
  async #takeAll(): Promise<void> {
    const { keys, calls, id: chat } = this.parts;
    const { membership, epochs } = this;
    for (const grant of await calls.grants()) {
      const own = await keys.encryptionKey(peekHeader<{ kid: string }>(grant.jwe).kid ?? "");
      if (!own) continue;
      const taken = await takeGrant({ chat, keys, membership, epochs }, grant, own).catch(() => undefined);
      for (const [n, key] of taken ?? []) {
        if (!epochs.isMine(n)) epochs.learn(n, key);
      }
    }
  }

  /** A deletion stands where one is shown, and nowhere else; others' messages are deleted by who may do it. */
  #requirePlace(
    { body, from, n }: EncryptedMessage,
    { is_edited, is_deleted, sender_id }: CarriedMessage,
  ): void {
    if ((body.type === "delete") !== is_deleted)
      throw new BadObject(is_deleted ? "nobody has signed that it is deleted" : "it deletes another message");
    if (!is_deleted && (body.type === "edit") !== is_edited)
      throw new BadObject(is_edited ? "nobody has signed that it was edited" : "it is an edit of a message");
    if (from !== sender_id && !this.#wasAdmin(from, n)) throw new BadObject("who deleted it may not do this");
  }

  #wasAdmin(user: number, n: number): boolean {
    const from = this.epochs.at(n)?.announcement.m ?? 1;
    for (let m = from; m <= this.membership.m; m++) {
      const role = this.membership.at(m)?.members.get(user)?.role;
      if (role === "admin" || role === "owner") return true;
    }
    return false;
  }

  /** The epoch of now, where it goes on and I can open it: whose part of it is garbage makes another. */
  async #usable(): Promise<Epoch | undefined> {
    const { now } = this.epochs;
    if (!now || this.#due !== null) return undefined;
    const isOpen = await this.epochs.key(now.announcement.n).then(
      () => true,
      (error) => {
        if (error instanceof BadObject) return false;
        throw error;
      },
    );
    return isOpen ? now : undefined;
  }

  /** Whatever is wrong is shown until it is right. Errors: those of `run`. */
  async #shown<T>(what: "seen" | "made", run: Promise<T>): Promise<T> {
    try {
      const done = await run;
      this.#wrong[what] = undefined;
      return done;
    } catch (error) {
      if (error instanceof ChatProblem) this.#wrong[what] = error.message;
      throw error;
    } finally {
      this.parts.showProblem(this.#wrong.seen ?? this.#wrong.made);
    }
  }

  async #refresh(): Promise<void> {
    const { calls } = this.parts;
    const state = await calls.state();
    if (state.on) await this.#followEpochs();
    this.#requireKnown(state.on);
    await this.#requireKnownPeople();
    const { now } = this.epochs;
    // Who is in the chat has changed since: whatever the server says, nothing is written for those of before.
    const isOutdated = now !== undefined && this.#haveReadersChanged(now.announcement.m);
    this.#due = state.due ?? (isOutdated ? "membership" : null);
    this.#isKnown = true;
    await this.#remember();
  }

  /** Whether others are in the chat than after step m, or by other keys; roles are another matter. */
  #haveReadersChanged(m: number): boolean {
    const before = this.membership.at(m)?.members;
    const now = this.membership.now?.members;
    if (!before || !now || before.size !== now.size) return before !== now;
    return [...now].some(([user, one]) => before.get(user)?.since !== one.since);
  }

  async #followSteps(): Promise<void> {
    for (let hasMore = true; hasMore;) {
      const page = await this.parts.calls.steps(this.membership.m);
      await this.membership.follow(page.steps);
      hasMore = page.has_more && page.steps.length > 0;
    }
  }

  async #followEpochs(): Promise<void> {
    for (let hasMore = true; hasMore;) {
      const page = await this.parts.calls.epochs(this.epochs.n);
      // An epoch may be made for a step that was taken just now.
      await this.#followSteps();
      await this.epochs.follow(page);
      hasMore = page.has_more && page.epochs.length > 0;
    }
  }

  /** Nothing that this person has seen may be gone. Errors: ChatProblem. */
  #requireKnown(isOn: boolean): void {
    const mark = this.parts.keys.knownChat(this.parts.id);
    if (!mark) return;
    const { create, m } = this.membership;
    if (!isOn || create === undefined)
      throw new ChatProblem("rolled_back", "it says that the chat is not encrypted");
    if (create !== mark.create) throw new ChatProblem("rolled_back", "it shows another beginning");
    if (m < mark.m || this.epochs.n < mark.n)
      throw new ChatProblem("rolled_back", "it shows less than it did");
  }

  /** Whom one knows, and oneself, is in the chat by an identity of theirs. Errors: ChatProblem. */
  async #requireKnownPeople(): Promise<void> {
    const { keys } = this.parts;
    const members = [...(this.membership.now?.members ?? [])];
    const known = members.filter(([user]) => user === keys.userId || keys.pinOf(user) !== undefined);
    const chains = await keys.chains(known.map(([user]) => user));
    for (const [user, { ikKid }] of known) {
      const isTheirs = chains.get(user)?.some((one) => one.sigKid === ikKid) ?? false;
      if (!isTheirs) throw new ChatProblem("other_keys", user === keys.userId ? "you" : `person ${user}`);
    }
  }

  async #remember(): Promise<void> {
    const { keys, id } = this.parts;
    const { create, m } = this.membership;
    const { n } = this.epochs;
    const mark = keys.knownChat(id);
    if (create === undefined || (mark && mark.m === m && mark.n === n)) return;
    await keys.rememberChat(id, { create, m, n });
  }

  async #make(): Promise<Epoch> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#makeOne();
      } catch (error) {
        const { isRefusal } = this.parts;
        const isLate = ["epoch_conflict", "roster_mismatch", "epoch_not_due"].some((code) =>
          isRefusal(error, code),
        );
        if (!isLate || attempt === mostAttempts) throw error;
        if (isRefusal(error, "epoch_not_due")) await this.#requireNotOutdated();
      }
      await this.refresh();
      const now = await this.#usable();
      if (now) return now;
    }
  }

  /** Errors: ChatProblem where the server keeps to an epoch that others may read than are in the chat now. */
  async #requireNotOutdated(): Promise<void> {
    await this.refresh();
    const now = this.epochs.now?.announcement;
    if (now && this.#haveReadersChanged(now.m))
      throw new ChatProblem("outdated_epoch", `step ${this.membership.m}, epoch of step ${now.m}`);
  }

  async #makeOne(): Promise<Epoch> {
    const { keys, calls, id } = this.parts;
    const { due, roster } = await calls.state();
    const membership = this.membership.now;
    if (!membership) throw new BadObject("this chat is not encrypted");
    const rows = roster.map(toRow);
    if (!rows.some((one) => one.user === keys.userId))
      throw new BadObject("you have new keys, and somebody who is in this chat has to let you in again");
    const reason = toReason(due, this.epochs.now === undefined, this.#due);
    const plan = { chat: id, before: this.epochs.now, membership, roster: rows, reason };
    const made = await orProblem("forged_epoch", () =>
      makeEpoch(keys, { ...plan, iat: Math.floor(this.parts.now() / 1000) }),
    );
    await calls.putEpoch({ announcement: made.announcement, envelope: made.envelope });
    await this.#learnOwn(made, roster);
    const { now } = this.epochs;
    if (!now) throw new Error("the epoch that was made is not here");
    this.#due = null;
    await this.#remember();
    return now;
  }

  async #learnOwn(
    { n, announcement, key }: Awaited<ReturnType<typeof makeEpoch>>,
    roster: Awaited<ReturnType<ChatCalls["state"]>>["roster"],
  ): Promise<void> {
    await this.epochs.follow({ epochs: [{ n, announcement, recipient: null }], rosters: { "": roster } });
    this.epochs.learn(n, key);
  }
}

function toReason(due: string | null, isFirst: boolean, own: string | null): EpochReason {
  if (isFirst) return "create";
  return (due ?? own ?? "repair") as EpochReason;
}
