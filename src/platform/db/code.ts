/**
 * A code generator: makes functions from text in which values have names. No part of the text comes from outside this
 * program.
 */
export class Code {
  readonly #names = new Map<unknown, string>();

  name(value: unknown): string {
    const known = this.#names.get(value) ?? `v${this.#names.size}`;
    this.#names.set(value, known);
    return known;
  }

  toFunction<F>(text: string): F {
    return new Function(...this.#names.values(), `return ${text}`)(...this.#names.keys()) as F;
  }
}
