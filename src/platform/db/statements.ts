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

/** What a callback is handed: the statements of a connection, until it has returned. */
export class Scope {
  #open = true;

  constructor(private readonly statements: Statements) {}

  prepared<P extends Runnable>(build: Build<P>): Statement<P> {
    if (!this.#open) throw new Error("this transaction or snapshot is over; its callback has returned");
    return this.statements.of(build);
  }

  end(): void {
    this.#open = false;
  }
}
