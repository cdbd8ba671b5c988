import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type App, openApp } from "../../src/app.ts";
import { type Config, loadConfig } from "../../src/config.ts";
import { type Clock, systemClock } from "../../src/core/clock.ts";
import { openLog } from "../../src/core/log.ts";
import type { Decoders } from "../../src/platform/inspector/decoders.ts";
import type { PushNetwork } from "../../src/platform/push/services.ts";
import { Contract } from "./contract.ts";
import { noDecoders } from "./decoders.ts";
import { Api, Person } from "./person.ts";

export const password = "correct horse battery";

const patience = 15_000;

export interface ServerOptions {
  config?: Partial<Config>;
  clock?: Clock;
  /** None at all, unless given. */
  decoders?: Decoders;
  pushNetwork?: PushNetwork;
}

/** The real server in this process, on its own temporary database and a port of its own. */
export class TestServer {
  /** Every line of its log. */
  readonly log: string[] = [];
  app!: App;
  url!: string;
  api!: Api;
  readonly dataDir = mkdtempSync(join(tmpdir(), "parley-test-"));
  readonly #looking = new Set<() => void>();
  #companies = 0;

  private constructor(private readonly options: ServerOptions) {}

  static async start(options: ServerOptions = {}): Promise<TestServer> {
    const server = new TestServer(options);
    await server.open();
    return server;
  }

  async open(more: { rotateSecret?: boolean } = {}): Promise<void> {
    const clock = this.options.clock ?? systemClock;
    this.app = await openApp({
      ...more,
      config: {
        ...loadConfig({}),
        host: "127.0.0.1",
        port: 0,
        dataDir: this.dataDir,
        rateLimits: "off",
        // The least that Argon2 takes: tests need many people.
        passwordMemoryKib: 8,
        passwordIterations: 1,
        // Many tests stop the clock.
        refusalMilliseconds: 0,
        // People have keys where a test is about them.
        e2eeServerCrypto: "off",
        // Tests hold what looks into files for longer than a short look may take.
        inspectionFirstSeconds: 600,
        ...this.options.config,
      },
      log: openLog(
        "debug",
        () => clock.now(),
        (line) => {
          this.log.push(line);
          for (const look of this.#looking) look();
        },
      ),
      clock,
      decoders: this.options.decoders ?? noDecoders,
      ...(this.options.pushNetwork && { pushNetwork: this.options.pushNetwork }),
      onFatal: (error) => {
        throw error;
      },
    });
    const { port } = await this.app.serve();
    this.url = `http://127.0.0.1:${port}`;
    this.api = new Api(this.url, await Contract.ofThisProcess(this.url));
  }

  /** Stops and starts again on the same data, perhaps with other settings. */
  async restart(config: Partial<Config> = {}, more: { rotateSecret?: boolean } = {}): Promise<void> {
    await this.app.stop();
    this.options.config = { ...this.options.config, ...config };
    await this.open(more);
  }

  /** A new account with a session. */
  async register(username: string, more: object = {}): Promise<Person> {
    const body = { username, email: `${username}@example.org`, password, ...more };
    const reply = await this.api.post("/api/auth/register", body);
    if (reply.status !== 201) throw new Error(`register ${username}: ${JSON.stringify(reply.body)}`);
    return this.as(reply.body);
  }

  /** New people, who are called so and a number: nobody else on this server has their names. */
  async people<const Names extends string[]>(...names: Names): Promise<{ [I in keyof Names]: Person }> {
    const number = ++this.#companies;
    const people: Person[] = [];
    for (const name of names) people.push(await this.register(`${name}${number}`));
    return people as { [I in keyof Names]: Person };
  }

  /** Another session of somebody. */
  async login(username: string): Promise<Person> {
    const reply = await this.api.post("/api/auth/login", { username, password });
    return this.as(reply.body);
  }

  /** Settles when everything that has happened so far has led to what it leads to: notifications, for one. */
  settled(): Promise<void> {
    return this.app.settled();
  }

  /** Waits until so many lines of the log match. */
  async logged(pattern: RegExp, times = 1): Promise<string[]> {
    const { promise, resolve, reject } = Promise.withResolvers<string[]>();
    const look = () => {
      const lines = this.log.filter((line) => pattern.test(line));
      if (lines.length >= times) resolve(lines);
    };
    const late = setTimeout(() => reject(new Error(`no ${times} lines of ${pattern}`)), patience);
    this.#looking.add(look);
    look();
    return promise.finally(() => {
      clearTimeout(late);
      this.#looking.delete(look);
    });
  }

  /** What the operator does from the command line. */
  operate(name: string, input: object): Promise<any> {
    return this.app.operations.get(name)!.run(input as never);
  }

  as(signedIn: unknown): Person {
    return new Person(this.url, this.api.contract, signedIn);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
