import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { moment } from "../moment.ts";
import type { Chance } from "../random.ts";
import { password } from "../server.ts";
import { until } from "../until.ts";
import { type ClientConfig, journalFile, type Order, type ProcessConfig, type Report } from "./config.ts";
import { type Journal, readJournal } from "./journal.ts";
import type { World } from "./world.ts";

export interface Options {
  server: string;
  world: World;
  directory: string;
  processes: number;
  pace: number;
  haste: number;
  storedPerKill: number;
  patience: number;
  chance: Chance;
}

/** Processes with some clients each, which are killed and started again on what they have kept. */
export class ClientProcesses {
  readonly #all: ClientProcess[];
  readonly #clients: ClientConfig[];

  constructor(private readonly options: Options) {
    const { world, directory, processes } = options;
    this.#clients = world.clients.map(({ name, person }, i) => ({
      name,
      username: world.people[person]!.username,
      password,
      userId: world.people[person]!.id,
      directory: join(directory, name),
      recoveryKey: world.recoveryKeys[person] ?? "",
      isSecond: i >= world.people.length,
      isTurned: i % 2 === 0,
      isForgetful: i % 4 === 1,
    }));
    for (const one of this.#clients) mkdirSync(one.directory);
    this.#all = Array.from({ length: processes }, (_, i) =>
      this.#start(this.#clients.filter((__, n) => n % processes === i)),
    );
  }

  #start(clients: ClientConfig[]): ClientProcess {
    const { chance } = this.options;
    const names = clients.map((one) => one.name).join(" ");
    return new ClientProcess(
      names,
      () => this.#config(clients),
      () => chance.below(250),
    );
  }

  #config(clients: ClientConfig[]): ProcessConfig {
    const { server, world, pace, haste, storedPerKill, patience, chance } = this.options;
    return {
      server,
      clients,
      door: world.door,
      guests: world.guests.map((one) => world.people[one]!.id),
      late: world.late,
      pace,
      haste,
      storedPerKill,
      patience,
      seed: chance.below(2 ** 32),
    };
  }

  /** How many actions have been asked for. */
  get asked(): number {
    return this.#all.reduce((sum, one) => sum + one.asked, 0);
  }

  get kills(): number {
    return this.#all.reduce((sum, one) => sum + one.kills, 0);
  }

  /** Kills one of them, which comes back a little later. */
  kill(): void {
    this.options.chance.pick(this.#all).kill();
  }

  /** Settles when so many actions have been asked for, in `milliseconds` at most. */
  acted(count: number, milliseconds: number): Promise<void> {
    return this.#until(
      () => this.asked >= count,
      milliseconds,
      () => `only ${this.asked} of ${count} actions were asked for`,
    );
  }

  /** Settles when all of them have done it, those too that are killed meanwhile. */
  order(order: Order): Promise<void> {
    for (const one of this.#all) one.order(order);
    const late = () => this.#all.filter((one) => !one.hasDone(order)).map((one) => one.names);
    return this.#until(
      () => late().length === 0,
      2 * this.options.patience,
      () => `${late().join(", ")} could not ${order}`,
    );
  }

  async #until(isSo: () => boolean, milliseconds: number, otherwise: () => string): Promise<void> {
    const problems = () => this.#all.flatMap((one) => one.problems);
    await until(() => isSo() || problems().length > 0, milliseconds, otherwise);
    if (problems().length > 0) throw new Error(problems().join("\n"));
  }

  get journals(): (Journal & { directory: string })[] {
    return this.#clients.map(({ name, userId, directory }) => ({
      ...readJournal(journalFile(directory), name, userId),
      directory,
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((one) => one.end()));
  }
}

/** One of them, in all its lives. */
class ClientProcess {
  kills = 0;
  /** What it could not do, or how it ended though nobody had killed it. */
  readonly problems: string[] = [];
  readonly #asked = new Map<string, number>();
  readonly #ended: Promise<void>;
  #child: Bun.Subprocess | undefined;
  #order: Order = "act";
  #done: Order | undefined;
  #isOver = false;

  /** `pause` says for how many milliseconds it stays away after it was killed. */
  constructor(
    readonly names: string,
    private readonly configure: () => ProcessConfig,
    private readonly pause: () => number,
  ) {
    this.#ended = this.#live();
  }

  get asked(): number {
    return [...this.#asked.values()].reduce((sum, one) => sum + one, 0);
  }

  order(order: Order): void {
    this.#order = order;
    this.#done = undefined;
    this.#child?.send(order);
  }

  hasDone(order: Order): boolean {
    return this.#done === order;
  }

  kill(): void {
    this.#child?.kill("SIGKILL");
  }

  async end(): Promise<void> {
    this.#isOver = true;
    this.kill();
    await this.#ended;
  }

  async #live(): Promise<void> {
    while (!this.#isOver) {
      const child = this.#spawn();
      this.#child = child;
      child.send(this.#order);
      await child.exited;
      this.#child = undefined;
      if (this.#done === "close" && child.exitCode === 0) return;
      this.#done = undefined;
      // A client may also kill itself, at the worst of moments.
      if (child.signalCode !== "SIGKILL") {
        this.problems.push(`${this.names} ended with ${child.exitCode ?? child.signalCode}`);
        return;
      }
      this.kills += 1;
      await moment(this.pause());
    }
  }

  #spawn(): Bun.Subprocess {
    return Bun.spawn(
      [process.execPath, join(import.meta.dir, "clients.ts"), JSON.stringify(this.configure())],
      {
        stdio: ["ignore", "inherit", "inherit"],
        ipc: (report: Report) => {
          if ("done" in report) this.#done = report.done;
          else if ("problem" in report) this.problems.push(report.problem);
          else this.#asked.set(report.client, report.asked);
        },
      },
    );
  }
}
