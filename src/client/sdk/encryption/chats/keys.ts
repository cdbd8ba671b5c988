/** Keys for encrypted chats, as this person's keychain and the directory have them; what was asked for is kept as long as nothing has happened. */
import type { ChatMark } from "../../../../e2ee/keychain.ts";
import type { PrivateKey } from "../../../../e2ee/keys.ts";
import type { Desk } from "../desk.ts";
import type { Looked, OwnKeys, Part } from "../part-types.ts";
import type { EncryptionTrouble } from "../types.ts";
import type { Chain, ChatKeys } from "./ports.ts";

/** What a server shows then is not to be believed; a reset is another matter. */
const lies: readonly (EncryptionTrouble | undefined)[] = ["rolled_back", "swapped", "forged"];

export class KeysOfChats implements ChatKeys {
  #own: Promise<OwnKeys> | undefined;
  readonly #looked = new Map<number, Promise<Looked | undefined>>();

  private constructor(
    private readonly part: Pick<Part, "own" | "chains" | "rememberChat">,
    private readonly desk: Desk,
    readonly iss: string,
    public device: string,
  ) {}

  /** Errors: `keys_locked`. */
  static async of(
    part: Pick<Part, "own" | "chains" | "rememberChat">,
    desk: Desk,
    device: string,
  ): Promise<KeysOfChats> {
    return new KeysOfChats(part, desk, (await part.own()).iss, device);
  }

  get userId(): number {
    return this.desk.userId;
  }

  /** Somebody has other keys, or this person. */
  outdate(userId: number): void {
    this.#looked.delete(userId);
    if (userId === this.userId) this.#own = undefined;
  }

  async identity(): Promise<PrivateKey> {
    return (await this.#keys()).ik;
  }

  async encryptionKey(kid: string): Promise<PrivateKey | undefined> {
    return (await this.#keys()).eks.get(kid);
  }

  async chains(userIds: readonly number[], fresh = false): Promise<ReadonlyMap<number, Chain>> {
    const missing = [...new Set(userIds)].filter((id) => fresh || !this.#looked.has(id));
    if (missing.length > 0) this.#ask(missing);
    // What is outdated meanwhile was still asked for now.
    const all = await Promise.all(userIds.map((id) => this.#looked.get(id)));
    const chains = new Map<number, Chain>();
    for (const looked of all)
      if (looked?.chain && !lies.includes(looked.trouble)) chains.set(looked.userId, looked.chain);
    return chains;
  }

  pinOf(userId: number): string | undefined {
    return this.desk.device?.local.pins[userId]?.ik;
  }

  /** Whether the safety number with somebody was compared, by the keys that they have. */
  isVerified(userId: number, kid: string | undefined): boolean {
    const pin = this.desk.device?.local.pins[userId];
    return pin?.ik === kid && (pin?.verified ?? false);
  }

  blocks(userId: number): string | undefined {
    return this.desk.device?.problems.find((one) => one.user_id === userId)?.text;
  }

  knownChat(chatId: number): ChatMark | undefined {
    return this.desk.device?.local.chats[chatId];
  }

  rememberChat(chatId: number, mark: ChatMark): Promise<void> {
    return this.part.rememberChat(chatId, mark);
  }

  #keys(): Promise<OwnKeys> {
    this.#own ??= this.part.own().catch((error) => {
      this.#own = undefined;
      throw error;
    });
    return this.#own;
  }

  /** In one request for all. */
  #ask(userIds: readonly number[]): void {
    const asked = this.part.chains(userIds);
    for (const id of userIds) {
      const one = asked.then((all) => all.find((each) => each.userId === id));
      this.#looked.set(id, one);
      one.catch(() => this.#looked.delete(id));
    }
  }
}
