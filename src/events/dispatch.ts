import type { z } from "zod";

import type { Effect, Fanout, Reach } from "../platform/fanout/fanout.ts";
import type { Audience, EventDefinition, Signal } from "./event.ts";

const none: readonly Effect[] = [];

/**
 * Dispatches events that are committed and on disk, in the journal's order: encodes each frame once and hands it, with
 * its effects, to the fan-out.
 */
export class Dispatch {
  #epoch = "";
  #position = 0;
  readonly #listeners: (() => void)[] = [];
  readonly #listenersOf = new Map<EventDefinition, ((payload: object) => void)[]>();

  constructor(private readonly fanout: Fanout) {}

  start(epoch: string, position: number): void {
    this.#epoch = epoch;
    this.#position = position;
  }

  /** Calls `told` after each event that is dispatched. It must be quick, and not throw. */
  onTold(told: () => void): void {
    this.#listeners.push(told);
  }

  /** The same for one type of event, with its payload. */
  on<P extends object>(event: EventDefinition<P>, told: (payload: P) => void): void {
    const listeners = this.#listenersOf.get(event) ?? [];
    listeners.push(told as (payload: object) => void);
    this.#listenersOf.set(event, listeners);
  }

  /** The journal's position up to which everything has been handed to the fan-out. */
  get position(): number {
    return this.#position;
  }

  cursor(pos: number): string {
    return `${this.#epoch}-${pos}`;
  }

  /** Dispatches the event at this position. `to`: who gets it live, where that is not just the audience. */
  tell(pos: number, event: EventDefinition, audience: Audience, payload: object, to?: Reach): void {
    this.#position = pos;
    this.fanout.deliver({
      to: to ?? { topic: audience },
      frame: event.schema && this.encode(pos, event, payload),
      effects: event.effects?.(payload, audience) ?? none,
    });
    for (const told of this.#listenersOf.get(event) ?? []) told(payload);
    for (const told of this.#listeners) told();
  }

  /**
   * Sends an event that is not in the journal to sockets that are open. Its cursor is that of the last one dispatched.
   */
  tellNow<P extends object>(event: EventDefinition<P>, to: Reach, payload: P): void {
    this.fanout.deliver({ to, frame: this.encode(this.#position, event, payload), effects: none });
  }

  /** Sends a signal: true for a moment, and stored nowhere. */
  signal<S extends z.ZodObject>(signal: Signal<S>, to: Reach, payload: z.input<S>): void {
    const frame = JSON.stringify({ type: signal.type, ...payload });
    this.fanout.deliver({ to, frame, effects: none });
  }

  /** The frame: `{"type", "cursor", …payload}` as text. */
  encode(pos: number, event: Pick<EventDefinition, "type">, payload: object): string {
    const fields = JSON.stringify(payload).slice(1);
    return `{"type":"${event.type}","cursor":"${this.cursor(pos)}"${fields === "}" ? "" : ","}${fields}`;
  }
}
