import type { Effect, Fanout } from "../platform/fanout/fanout.ts";
import type { Audience, EventDefinition } from "./event.ts";

const none: readonly Effect[] = [];

/**
 * Sends what is committed and on disk, in the journal's order: encodes each frame once and hands it, with its
 * effects, to the fan-out.
 */
export class Dispatch {
  #epoch = "";
  #position = 0;

  constructor(private readonly fanout: Fanout) {}

  start(epoch: string, position: number): void {
    this.#epoch = epoch;
    this.#position = position;
  }

  /** The journal's position up to which everything has been handed to the fan-out. */
  get position(): number {
    return this.#position;
  }

  cursor(pos: number): string {
    return `${this.#epoch}-${pos}`;
  }

  tell(pos: number, event: EventDefinition, audience: Audience, payload: object): void {
    this.#position = pos;
    this.fanout.deliver({
      pos,
      topic: audience,
      frame: event.schema && this.encode(pos, event, payload),
      effects: event.effects?.(payload, audience) ?? none,
    });
  }

  /** `{"type", "cursor", …payload}` as text. */
  encode(pos: number, event: EventDefinition, payload: object): string {
    const fields = JSON.stringify(payload).slice(1);
    return `{"type":"${event.type}","cursor":"${this.cursor(pos)}"${fields === "}" ? "" : ","}${fields}`;
  }
}
