import type { Clock } from "../../core/clock.ts";
import { chatAudience } from "../../events/event.ts";
import type { Dispatch } from "../../events/dispatch.ts";
import type { Presence } from "../../platform/presence/presence.ts";
import type { Person } from "../accounts/people.ts";
import { typingStart, typingStop } from "./signals.ts";

/** Who does not say again that they are writing has stopped. */
const stopsAfterMilliseconds = 6000;

/** Who is writing where: kept in memory, told to everybody in the chat but the author. */
export class Typing {
  /** How to cancel the stop, by chat and user. */
  readonly #stops = new Map<string, () => void>();

  constructor(
    private readonly dispatch: Dispatch,
    private readonly here: Presence,
    private readonly clock: Clock,
  ) {}

  /** Told once, however often it is repeated. */
  start(chatId: number, person: Person): void {
    const key = `${chatId} ${person.id}`;
    const cancel = this.#stops.get(key);
    cancel?.();
    this.#stops.set(
      key,
      this.clock.after(stopsAfterMilliseconds, () => this.stop(chatId, person)),
    );
    if (!cancel) this.#tell(typingStart, chatId, person);
  }

  stop(chatId: number, person: Person): void {
    const key = `${chatId} ${person.id}`;
    const cancel = this.#stops.get(key);
    if (!cancel) return;
    cancel();
    this.#stops.delete(key);
    this.#tell(typingStop, chatId, person);
  }

  /** Who writes has stopped typing; their message says so. */
  wrote(chatId: number, userId: number): void {
    const key = `${chatId} ${userId}`;
    this.#stops.get(key)?.();
    this.#stops.delete(key);
  }

  #tell(signal: typeof typingStart, chatId: number, { id, username }: Person): void {
    const chat = chatAudience(chatId);
    const to = {
      looking: [chat],
      users: this.here.onlineIn(chat),
      unlessLooking: true,
      except: id,
    };
    this.dispatch.signal(signal, to, { chat_id: chatId, user_id: id, username });
  }
}
