/** What this person does to who is in an encrypted chat: each time a signed step, which goes with the call. */
import type { HistoryPolicy, Role } from "../../../../e2ee/membership.ts";
import type { EncryptedChat, EncryptedChatParts } from "./encrypted-chat.ts";
import { makeGrant } from "./grants.ts";
import { isCurrent } from "./identities.ts";
import { ChatProblem } from "./problem.ts";
import { type Action, signStep } from "./steps.ts";

/** Somebody who would be in the chat, for consent. */
export interface Candidate {
  user: number;
  role: Role;
  /** Thumbprint of their identity; undefined for who has no keys that they have confirmed. */
  ikKid: string | undefined;
}

/** How often others may be faster, one after the other. */
const mostAttempts = 5;

export class MemberChanges {
  constructor(
    private readonly parts: EncryptedChatParts,
    private readonly chat: EncryptedChat,
  ) {}

  /** Who would be in the chat if encryption were turned on now. `members`: as the server has them. */
  async preview(members: readonly { user: number; role: Role }[]): Promise<Candidate[]> {
    const { roster } = await this.parts.calls.state();
    const chains = await this.parts.keys.chains(
      members.map((one) => one.user),
      true,
    );
    return members.map(({ user, role }) => {
      const named = roster.find((one) => one.user_id === user)?.ik_kid;
      return { user, role, ikKid: chains.get(user)?.at(-1)?.sigKid === named ? named : undefined };
    });
  }

  /** For good. `candidates`: those that somebody has consented to, all with keys. Errors: ChatProblem `blocked`; those of the call. */
  async turnOn(candidates: readonly Candidate[], hist: HistoryPolicy): Promise<void> {
    const members = candidates.flatMap(({ user, role, ikKid }): [number, string, Role][] =>
      ikKid === undefined ? [] : [[user, ikKid, role]],
    );
    for (const [user] of members) this.#requireUnblocked(user);
    await this.#step(() => ({ op: "create", members, hist }), this.parts.calls.putStep);
    await this.chat.current();
  }

  /** Lets somebody in, by the identity that they have now; who is in it by another one, or was away, again. */
  async letIn(user: number, role: Role = "member"): Promise<void> {
    this.#requireUnblocked(user);
    const chain = (await this.parts.keys.chains([user], true)).get(user);
    const ik_kid = chain?.at(-1)?.sigKid;
    if (ik_kid === undefined) throw new ChatProblem("blocked", "they have no keys");
    const toAction = (): Action =>
      this.chat.membership.now?.members.has(user)
        ? { op: "rekey", user, ik_kid }
        : { op: "add", user, ik_kid, role };
    await this.#step(toAction, (signed) => this.parts.calls.addMember(user, role, signed));
    await this.#grant(user);
  }

  /** Whoever removes somebody makes the next epoch at once, so that nothing more is written for them. */
  async remove(user: number): Promise<void> {
    const send = (signed: string) => this.parts.calls.removeMember(user, signed);
    await this.#step(() => ({ op: "remove", user }), send);
    await this.chat.current();
  }

  /** Nothing can be looked at afterwards. */
  async leave(): Promise<void> {
    const { userId: user } = this.parts.keys;
    const send = (signed: string) => this.parts.calls.removeMember(user, signed);
    await this.#sign(() => ({ op: "leave", user }), send);
  }

  async setRole(user: number, role: Role): Promise<void> {
    const send = (signed: string) => this.parts.calls.setRole(user, role, signed);
    await this.#step(() => ({ op: "role", user, role }), send);
  }

  async setHistory(hist: HistoryPolicy): Promise<void> {
    await this.#step(() => ({ op: "policy", hist }), this.parts.calls.putStep);
  }

  /**
   * What a direct chat needs before something can be sent there: a person who has new keys, which were acknowledged, is let in again; where
   * both have lost theirs, the chain begins anew.
   */
  async mendDirect(): Promise<void> {
    const { now } = this.chat.membership;
    if (!now || now.isGroup) return;
    const people = [...now.members.keys()];
    const chains = await this.parts.keys.chains(people, true);
    const { userId } = this.parts.keys;
    const gone = [...now.members].flatMap(([user, { ikKid }]) =>
      isCurrent(chains.get(user), ikKid) ? [] : [user],
    );
    if (gone.length === people.length) {
      const candidates = people.map(
        (user) => ({ user, role: "member", ikKid: chains.get(user)?.at(-1)?.sigKid }) as const,
      );
      await this.turnOn(candidates, now.hist);
    } else for (const user of gone) if (user !== userId) await this.letIn(user);
  }

  async #grant(user: number): Promise<void> {
    const { id: chat, keys, calls } = this.parts;
    const { membership, epochs } = this.chat;
    const jwe = await makeGrant({ chat, keys, membership, epochs }, user, this.parts.now());
    if (jwe !== undefined) await calls.putGrant(user, jwe);
  }

  /** Errors: ChatProblem `blocked`. */
  #requireUnblocked(user: number): void {
    const blocks = this.parts.keys.blocks(user);
    if (blocks !== undefined) throw new ChatProblem("blocked", blocks);
  }

  async #step(toAction: () => Action, send: (signed: string) => Promise<void>): Promise<void> {
    await this.#sign(toAction, send);
    await this.chat.refresh();
  }

  /** Signs what follows the newest step; again, when somebody was faster. */
  async #sign(toAction: () => Action, send: (signed: string) => Promise<void>): Promise<void> {
    const { id, keys, isRefusal, now } = this.parts;
    await this.chat.refresh();
    for (let attempt = 1; ; attempt++) {
      const signed = await signStep(keys, id, this.chat.membership.now, toAction(), now());
      try {
        return await send(signed);
      } catch (error) {
        if (!isRefusal(error, "membership_conflict") || attempt === mostAttempts) throw error;
        await this.chat.refresh();
      }
    }
  }
}
