import { effect } from "@preact/signals-core";

import { backoff, pause } from "../backoff.ts";
import type { Caller } from "../calls.ts";
import type { Environment } from "../environment.ts";
import { chatAnew, forget } from "./changes.ts";
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
    for (let id = this.#next(); id !== undefined; id = this.#next()) {
      try {
        await this.#recount(id);
        attempt = 0;
      } catch {
        await pause(environment, backoff(environment, attempt++), ending);
      }
    }
    this.#isRunning = false;
  }

  #next(): number | undefined {
    if (this.parts.ending.aborted || !this.parts.sync.isLive.value) return undefined;
    for (const { id, row } of this.parts.replica.chats.values()) if (row.is_stale) return id;
    return undefined;
  }

  async #recount(id: number): Promise<void> {
    const { replica, caller, sync } = this.parts;
    await sync.ask(
      () => loadChat(caller, id),
      (chat) => {
        const state = replica.chats.get(id);
        if (!state) return [];
        if (chat) return chatAnew(replica, chat, state.row);
        return [...forget(state), { kind: "chat", at: [id], value: undefined }];
      },
    );
  }
}
