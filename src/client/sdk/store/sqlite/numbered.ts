import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** The databases of a directory that are called `NAME-1.sqlite`, `NAME-2.sqlite` and so on. */
export class Numbered {
  readonly #pattern: RegExp;

  constructor(
    private readonly directory: string,
    private readonly name: string,
  ) {
    this.#pattern = new RegExp(`^${name}-(\\d+)\\.sqlite$`);
  }

  /** Which there are, in ascending order. */
  async list(): Promise<number[]> {
    const names = await readdir(this.directory);
    const numbers = names.flatMap((one) => this.#pattern.exec(one)?.slice(1).map(Number) ?? []);
    return numbers.toSorted((a, b) => a - b);
  }

  file(number: number): string {
    return join(this.directory, `${this.name}-${number}.sqlite`);
  }
}
