import { chatAudience } from "../../../events/event.ts";
import { type Kit, perKit } from "../../../kit.ts";
import type { Person } from "../../accounts/index.ts";
import { typingStart, typingStop } from "./signals.ts";

/** Who does not say again that they are writing has stopped. */
const stopsAfterMilliseconds = 6000;

interface Begun {
  /** The stop is told to those who were told of it. */
  isLarge: boolean;
  cancelStop(): void;
}

/**
 * Who is writing where: kept in memory, told to everybody in the chat but the author, in large chats to those who look.
 * An entry needs a frame at least every six seconds: by the pace of frames nobody has more than some hundred.
 */
export class Typing {
  /** By chat and user. */
  readonly #begun = new Map<string, Begun>();

  constructor(private readonly kit: Pick<Kit, "dispatch" | "presence" | "clock">) {}

  /** Told once, however often it is repeated. `isLarge`: in this chat only those who look are told. */
  start(chatId: number, person: Person, isLarge: boolean): void {
    const key = `${chatId} ${person.id}`;
    const before = this.#begun.get(key);
    before?.cancelStop();
    const cancelStop = this.kit.clock.after(stopsAfterMilliseconds, () => this.stop(chatId, person));
    this.#begun.set(key, { isLarge: before?.isLarge ?? isLarge, cancelStop });
    if (!before) this.#tell(typingStart, chatId, person, isLarge);
  }

  stop(chatId: number, person: Person): void {
    const begun = this.#end(chatId, person.id);
    if (begun) this.#tell(typingStop, chatId, person, begun.isLarge);
  }

  /** Who writes has stopped typing; their message says so. */
  wrote(chatId: number, userId: number): void {
    this.#end(chatId, userId);
  }

  #end(chatId: number, userId: number): Begun | undefined {
    const key = `${chatId} ${userId}`;
    const begun = this.#begun.get(key);
    begun?.cancelStop();
    this.#begun.delete(key);
    return begun;
  }

  #tell(signal: typeof typingStart, chatId: number, { id, username }: Person, isLarge: boolean): void {
    const chat = chatAudience(chatId);
    const looking = { looking: [chat], except: id };
    const everybody = { ...looking, users: this.kit.presence.onlineIn(chat), unlessLooking: true };
    this.kit.dispatch.signal(signal, isLarge ? looking : everybody, {
      chat_id: chatId,
      user_id: id,
      username,
    });
  }
}

/** Who is writing on this server. */
export const typing = perKit((kit: Kit) => new Typing(kit));
