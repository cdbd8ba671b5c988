/** What the library shows of one encrypted chat, and lets a person do there. */
import type { ChatMember, ChatPreview, EncryptedChatView } from "../types.ts";
import type { Role } from "../../wire.ts";
import { type EncryptedChats, wordsOf } from "./chats.ts";
import type { Candidate } from "./change-members.ts";
import type { ChatFace } from "../part-types.ts";
import { isCurrent } from "./identities.ts";
import type { KeysOfChats } from "./keys.ts";
import { BadObject } from "../../../../e2ee/bad-object.ts";
import type { MembershipStep } from "../../../../e2ee/membership.ts";

export class Face implements ChatFace {
  constructor(
    private readonly chats: EncryptedChats,
    private readonly keys: KeysOfChats,
    private readonly id: number,
  ) {}

  view(): Promise<EncryptedChatView> {
    return this.#inWords(async () => {
      const { chat } = this.#one;
      await chat.refresh();
      const { now } = chat.membership;
      const members = [...(now?.members ?? [])];
      const looked = await this.keys.chains(
        members.map(([user]) => user),
        true,
      );
      return {
        epoch: chat.epochs.n,
        history: now?.hist ?? "none",
        successor: successorIn(chat.membership.steps),
        members: members.map(([user_id, { ikKid, role }]): ChatMember => {
          const chain = looked.get(user_id);
          return {
            user_id,
            role,
            fingerprint: ikKid,
            is_verified: this.keys.isVerified(user_id, chain?.at(-1)?.sigKid),
            is_current: isCurrent(chain, ikKid),
            problem: this.keys.blocks(user_id),
          };
        }),
      };
    });
  }

  preview(members: readonly { user_id: number; role: Role }[]): Promise<ChatPreview> {
    return this.#inWords(async () => {
      const candidates = await this.#one.members.preview(
        members.map((one) => ({ user: one.user_id, role: one.role })),
      );
      return {
        members: candidates.map(({ user, role, ikKid }) => ({
          user_id: user,
          role,
          fingerprint: ikKid,
          is_verified: this.keys.isVerified(user, ikKid),
          problem: this.keys.blocks(user),
        })),
      };
    });
  }

  turnOn(preview: ChatPreview, history: "none" | "shared"): Promise<void> {
    return this.#inWords(async () => {
      const missing = preview.members.filter((one) => one.fingerprint === undefined);
      if (missing.length > 0) throw new BadObject("somebody in this chat has no keys yet");
      const candidates = preview.members.map(({ user_id, role, fingerprint }): Candidate => ({
        user: user_id,
        role,
        ikKid: fingerprint,
      }));
      await this.#one.members.turnOn(candidates, history);
    });
  }

  add(userId: number, role: Role): Promise<void> {
    return this.#inWords(() => this.#one.members.letIn(userId, role));
  }

  remove(userId: number): Promise<void> {
    return this.#inWords(() => this.#one.members.remove(userId));
  }

  leave(): Promise<void> {
    return this.#inWords(() => this.#one.members.leave());
  }

  setRole(userId: number, role: Role): Promise<void> {
    return this.#inWords(() => this.#one.members.setRole(userId, role));
  }

  setHistory(history: "none" | "shared"): Promise<void> {
    return this.#inWords(() => this.#one.members.setHistory(history));
  }

  get #one() {
    return this.chats.of(this.id);
  }

  async #inWords<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      const why = wordsOf(error);
      throw why === undefined ? error : this.chats.parts.blocked(why);
    }
  }
}

/** Undefined where the last owner was made by another, or by the beginning. */
function successorIn(steps: readonly MembershipStep[]): number | undefined {
  const last = steps.findLast(({ op, role }) => op === "create" || (op === "role" && role === "owner"));
  return last?.op === "role" && last.user === last.by ? last.by : undefined;
}
