import type { Environment } from "../environment.ts";

/** A dead line says nothing. Its `signal` aborts when nothing has moved for so many milliseconds, or the caller wants it. */
export class Deadline {
  readonly signal: AbortSignal;
  readonly #late = new AbortController();
  #timer: unknown;

  constructor(
    private readonly environment: Environment,
    private readonly milliseconds: number,
    signal: AbortSignal,
  ) {
    this.signal = AbortSignal.any([signal, this.#late.signal]);
    this.moved();
  }

  moved(): void {
    this.rest();
    this.#timer = this.environment.setTimeout(
      () => this.#late.abort(new DOMException("nothing has moved for too long", "TimeoutError")),
      this.milliseconds,
    );
  }

  /** Nothing has to move until something has moved again. */
  rest(): void {
    this.environment.clearTimeout(this.#timer);
  }
}
