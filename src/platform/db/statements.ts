import { type Compiled, compile } from "./compile.ts";
import type { Build, Runnable, Statement } from "./database.ts";

/** A cache of statements, for one connection. */
export class Statements {
  readonly #known = new Map<unknown, Statement>();

  constructor(private readonly prepare: (compiled: Compiled) => Statement) {}

  of<P extends Runnable>(build: Build<P>): Statement<P> {
    let statement = this.#known.get(build);
    if (!statement) this.#known.set(build, (statement = this.prepare(compile(build))));
    return statement as Statement<P>;
  }
}
