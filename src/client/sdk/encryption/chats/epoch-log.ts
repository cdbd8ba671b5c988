/** The epochs of one chat, followed one by one. */
import { BadObject } from "../../../../e2ee/bad-object.ts";
import {
  type Announcement,
  readAnnouncement,
  requireRoster,
  rosterHash,
  type RosterRow,
} from "../../../../e2ee/epochs.ts";
import { parseExact } from "../../../../e2ee/json.ts";
import { verify } from "../../../../e2ee/signed.ts";
import { openEpochKey } from "../../crypto/epoch-key.ts";
import type { EpochKey } from "../../crypto/message.ts";
import { chainsWith, identitiesOf } from "./identities.ts";
import { type MembershipLog, requireKey } from "./membership-log.ts";
import type { Chain, ChatKeys, EpochsPage, WireEpoch, WireRosterRow } from "./ports.ts";
import { peek } from "./peek.ts";
import { orProblem } from "./problem.ts";

/** An epoch that was checked. */
export interface Epoch {
  announcement: Announcement;
  /** H of the announcement. */
  hash: string;
  roster: readonly RosterRow[];
  /** Its key for me, still encrypted; undefined where I am not in it. */
  recipient: string | null;
}

/** Somebody was not in the chat then, or not yet: nobody has done anything wrong. */
export class NotForMe extends BadObject {
  constructor() {
    super("it was written when you could not read this chat");
  }
}

export class EpochLog {
  readonly #epochs: Epoch[] = [];
  readonly #rosters = new Map<string, readonly RosterRow[]>();
  readonly #checked = new WeakSet<readonly RosterRow[]>();
  /** Opened, by number: what does not open is tried once. */
  readonly #opened = new Map<number, Promise<EpochKey>>();

  constructor(
    private readonly keys: Pick<ChatKeys, "iss" | "userId" | "chains" | "encryptionKey" | "pinOf">,
    private readonly chat: number,
    private readonly membership: MembershipLog,
  ) {}

  get n(): number {
    return this.#epochs.length;
  }

  get now(): Epoch | undefined {
    return this.#epochs.at(-1);
  }

  /** Oldest first. */
  get all(): readonly Epoch[] {
    return this.#epochs;
  }

  at(n: number): Epoch | undefined {
    return this.#epochs[n - 1];
  }

  /** Errors: ChatProblem for an epoch that is not what it has to be. */
  async follow(page: Pick<EpochsPage, "epochs" | "rosters">): Promise<void> {
    await orProblem("forged_epoch", async () => {
      for (const rows of Object.values(page.rosters)) await this.#learn(rows.map(toRow));
      for (const one of page.epochs) this.#epochs.push(await this.#read(one));
    });
  }

  /** A key that was granted, or that I have made. */
  learn(n: number, key: EpochKey): void {
    this.#opened.set(n, Promise.resolve(key));
  }

  /** Errors: NotForMe where it is not encrypted for me; BadObject where it does not open. */
  key(n: number): Promise<EpochKey> {
    let opened = this.#opened.get(n);
    if (!opened) {
      opened = this.#open(n);
      opened.catch(() => {});
      this.#opened.set(n, opened);
    }
    return opened;
  }

  /** Whether I am in that epoch by one of my keys. */
  isMine(n: number): boolean {
    return this.at(n)?.roster.some((one) => one.user === this.keys.userId) ?? false;
  }

  async #open(n: number): Promise<EpochKey> {
    const epoch = this.at(n);
    const mine = epoch?.roster.find((one) => one.user === this.keys.userId);
    if (!epoch || !mine) throw new NotForMe();
    const own = await this.keys.encryptionKey(mine.ekKid);
    if (!own) throw new BadObject("it is encrypted for a key that this device does not have");
    if (epoch.recipient === null) throw new BadObject("the server does not give out its key");
    const { protected: head, iv, ciphertext, tag, ...recipient } = parseExact(epoch.recipient);
    const { header, encrypted_key } = recipient;
    const recipients = [{ header, encrypted_key }];
    const envelope = JSON.stringify({ protected: head, recipients, iv, ciphertext, tag });
    const { kid } = epoch.announcement;
    return openEpochKey(envelope, { chat: this.chat, n, ann: epoch.hash, kid }, own);
  }

  async #learn(rows: RosterRow[]): Promise<void> {
    this.#rosters.set(await rosterHash(rows), rows);
  }

  async #read({ announcement: text, recipient }: WireEpoch): Promise<Epoch> {
    const said = peek<Announcement>(text);
    const roster = this.#rosters.get(said.roster ?? "");
    if (!roster) throw new BadObject("who can read it is not said");
    const membership = this.membership.at(said.m ?? 0);
    if (!membership) throw new BadObject("it is made for a step that is not here");
    const before = this.now;
    if (before && membership.m < before.announcement.m)
      throw new BadObject("it goes back in who is in the chat");
    const chains = await chainsWith(this.keys, whoseKeysDiffer(roster, membership.members), said);
    requireRoster(roster, membership, toBefore(before), identitiesOf(chains));
    await this.#requireTheirKeys(roster);
    const context = { iss: this.keys.iss, chat: this.chat, membership, roster };
    const signed = await readAnnouncement(text, {
      ...context,
      before: before && { n: before.announcement.n, hash: before.hash },
    });
    const { by, by_kid } = signed.payload;
    await verify(signed, requireKey(chains.get(by), by_kid), by_kid);
    return { announcement: signed.payload, hash: signed.hash, roster, recipient };
  }

  /** Whom one knows, and oneself, reads by a key of theirs. Of others nothing is asked here: it would be asked for everybody. Errors: BadObject. */
  async #requireTheirKeys(roster: readonly RosterRow[]): Promise<void> {
    if (this.#checked.has(roster)) return;
    const { keys } = this;
    const known = roster.filter(({ user }) => user === keys.userId || keys.pinOf(user) !== undefined);
    const look = (rows: readonly RosterRow[], fresh: boolean) =>
      keys.chains(
        rows.map((one) => one.user),
        fresh,
      );
    const strange = strangeIn(known, await look(known, false));
    // They may just have got it.
    if (strange.length > 0 && strangeIn(strange, await look(strange, true)).length > 0)
      throw new BadObject("somebody can read it by a key that is not theirs");
    this.#checked.add(roster);
  }
}

/** Those of whom the directory has no such encryption key. */
function strangeIn(rows: readonly RosterRow[], chains: ReadonlyMap<number, Chain>): RosterRow[] {
  return rows.filter(({ user, ekKid }) => chains.get(user)?.every((one) => one.encKid !== ekKid) ?? false);
}

export function toRow({ user_id, ik_kid, ek_kid }: WireRosterRow): RosterRow {
  return { user: user_id, ikKid: ik_kid, ekKid: ek_kid };
}

function toBefore(before: Epoch | undefined) {
  return before && { m: before.announcement.m, users: new Set(before.roster.map((one) => one.user)) };
}

/** Who is in it by another key than in the chain: the directory has to say that it is theirs. */
function whoseKeysDiffer(
  roster: readonly RosterRow[],
  members: ReadonlyMap<number, { ikKid: string }>,
): number[] {
  return roster.filter(({ user, ikKid }) => members.get(user)?.ikKid !== ikKid).map((one) => one.user);
}
