import { failureOf } from "../exit-codes.ts";
import { visible } from "../text/visible.ts";
import type { Room } from "./room.ts";
import type { Typist } from "./screen.ts";
import { enter } from "./slash-commands.ts";

/** A person, who need not wait until something is done. */
export class Keyboard implements Typist {
  #work: Promise<unknown> = Promise.resolve();

  constructor(private readonly room: Room) {}

  entered(text: string): void {
    this.#work = Promise.all([this.#work, this.#enter(text)]);
  }

  typed(text: string): void {
    const { conversation } = this.room;
    if (text === "" || text.startsWith("/")) conversation.stopTyping();
    else conversation.type();
  }

  ended(): void {
    this.room.leave();
  }

  /** Resolves when all that was entered is done, or in the outbox. */
  async done(): Promise<void> {
    await this.#work;
  }

  async #enter(text: string): Promise<void> {
    try {
      await enter(this.room, text);
    } catch (error) {
      const failure = failureOf(error);
      if (!failure) throw error;
      if (!this.room.left.aborted) this.room.screen.note(visible(failure.message));
    }
  }
}
