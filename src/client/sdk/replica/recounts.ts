import { effect } from "@preact/signals-core";

import { backoff, pause } from "../backoff.ts";
import type { Caller } from "../calls.ts";
import type { Environment } from "../environment.ts";
import { chatAnew, removeChat } from "./changes.ts";
import { loadChat } from "./load.ts";
import type { Replica } from "./replica.ts";
import type { Sync } from "./sync.ts";

interface Parts {
  replica: Replica;
  caller: Caller;
  sync: Sync;
  environment: Environment;
  /** Aborted when the session is closed. */
  ending: AbortSignal;
}

/** Asks the server about the chats in which something happened that cannot be counted from what is here, one at a time. */
export class Recounts {
  #isRunning = false;

  constructor(private readonly parts: Parts) {
    const stop = effect(() => {
      void parts.replica.chatsVersion.value;
      if (parts.sync.isLive.value) queueMicrotask(() => void this.#run());
    });
    parts.ending.addEventListener("abort", stop);
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { environment, ending } = this.parts;
    let attempt = 0;
    for (let ids = this.#stale(); ids.length > 0; ids = this.#stale()) {
      const outcomes: boolean[] = [];
      for (const id of ids) outcomes.push(await this.#recount(id));
      attempt = outcomes.includes(false) ? attempt + 1 : 0;
      if (attempt > 0) await pause(environment, backoff(environment, attempt - 1), ending);
    }
    this.#isRunning = false;
  }

  #stale(): number[] {
    if (this.parts.ending.aborted || !this.parts.sync.isLive.value) return [];
    return [...this.parts.replica.chats.values()].filter(({ row }) => row.is_stale).map(({ id }) => id);
  }

  /** False where there was no answer: others are asked about all the same. */
  async #recount(id: number): Promise<boolean> {
    const { replica, caller, sync } = this.parts;
    try {
      await sync.ask(
        () => loadChat(caller, id),
        (chat) => {
          const state = replica.chats.get(id);
          if (!state) return [];
          return chat ? chatAnew(replica, chat, state.row) : removeChat(state);
        },
      );
      return true;
    } catch {
      return false;
    }
  }
}
