import type { Entry } from "../../sdk/index.ts";
import { type Context, deadline } from "../context.ts";
import { exitCodes, failureOf } from "../exit-codes.ts";
import { acknowledged, isFinal } from "../outbox.ts";
import { visible } from "../text/visible.ts";
import type { Room } from "./room.ts";
import type { Typist } from "./screen.ts";
import { enter } from "./slash-commands.ts";
import { within } from "../wait.ts";

/** Lines from a pipe: each is done, and its message with the server, before the next one. */
export class Script implements Typist {
  /** Of what could not be done, the last. */
  exitCode: number = exitCodes.done;
  #work: Promise<void> = Promise.resolve();
  /** What was in the outbox before. */
  readonly #before: ReadonlySet<string>;

  constructor(
    private readonly context: Context,
    private readonly room: Room,
  ) {
    this.#before = new Set(room.session.outbox.peek().map((one) => one.key));
  }

  entered(text: string): void {
    this.#work = this.#work.then(() => this.#enter(text));
  }

  typed(): void {}

  ended(): void {
    void this.#work.then(() => this.room.leave());
  }

  async #enter(text: string): Promise<void> {
    const { context, room } = this;
    // Once there is no connection, the rest is only put into the outbox.
    const isWaiting = this.exitCode !== exitCodes.notNow;
    try {
      await enter(room, text);
      if (isWaiting) await within(deadline(context), acknowledged(room.session, this.#isMine));
      // The next line may be about it.
      if (isWaiting) await within(deadline(context), room.opened());
    } catch (error) {
      const failure = failureOf(error);
      if (!failure) throw error;
      this.exitCode = failure.exitCode;
      if (failure.message !== "") room.screen.note(visible(failure.message));
      if (isFinal(failure.exitCode)) await this.#giveUp();
    }
  }

  readonly #isMine = (one: Entry) => one.chat_id === this.room.conversation.id && !this.#before.has(one.key);

  /** Nobody is there to decide about it. */
  async #giveUp(): Promise<void> {
    const { session } = this.room;
    for (const { key } of session.outbox.peek().filter(this.#isMine)) await session.drop(key);
  }
}
