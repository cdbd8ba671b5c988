import { cpSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

import { Data, environmentOf, userName } from "../data.ts";
import type { IdleInput } from "../idle.ts";
import {
  converse,
  forgetPeak,
  peakBytes,
  residentBytes,
  type ServerProcess,
  startClient,
  startServer,
} from "../process.ts";
import type { AssaultInput } from "./assault.ts";
import type { Attack, Ground } from "./attack.ts";
import type { AttackerSays } from "./attacker.ts";
import { alone, behind, beside, letFirst } from "./cores.ts";
import { attackers, crowd, everybody, friend, password, victimAddress, victims } from "./people.ts";
import type { VictimInput, VictimResult, VictimSays } from "./victim.ts";

const defaultSeconds = 6;
/** The attack is broken off: what follows would only cost this machine. */
const mostBytes = 2_000_000_000;
const watchMilliseconds = 100;
/** Before a server without pictures is measured as it is. */
const mostTries = 100;
const word = "hippopotamus";
const texts = 200;

/** What one attack, or none, cost with one executable. */
export interface Outcome {
  victim: VictimResult;
  /** Bytes. */
  peak: number;
  disk: number;
  log: number;
  told: [string, number][];
  /** What went so wrong that the attack ended early. */
  end: string | undefined;
}

/** One executable, and a directory in which it has made its database once: each attack gets a copy. */
export class Scene {
  readonly #template: string;
  #runs = 0;

  private constructor(
    private readonly parley: string,
    private readonly directory: string,
    private readonly passwordHash: string,
  ) {
    this.#template = join(directory, "template");
  }

  static async open(parley: string, directory: string): Promise<Scene> {
    mkdirSync(directory, { recursive: true });
    const hash = { algorithm: "argon2id", memoryCost: 65_536, timeCost: 3 } as const;
    const scene = new Scene(parley, directory, await Bun.password.hash(password, hash));
    await (await scene.#start(scene.#template, join(directory, "first.log"))).stop();
    // Made anew from the messages that Data writes.
    for (const name of readdirSync(join(scene.#template, "db"))) {
      if (name.startsWith("search.")) rmSync(join(scene.#template, "db", name));
    }
    return scene;
  }

  /** What an attack costs the victim, or without one what this machine does. */
  async measure(attack?: Attack): Promise<Outcome> {
    const directory = join(this.directory, String(++this.#runs));
    const log = `${directory}.log`;
    cpSync(this.#template, directory, { recursive: true });
    const data = new Data(directory);
    const { chatId, ground } = this.#fill(data, attack);
    data.close();
    const server = await this.#start(directory, log);
    try {
      return await this.#watch({ server, data, chatId, ground, attack, directory, log });
    } finally {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
      rmSync(log, { force: true });
    }
  }

  #fill(data: Data, attack: Attack | undefined): { chatId: number; ground: Ground } {
    data.addPeople(everybody, this.passwordHash);
    const chatId = data.addGroup([...victims, friend]);
    data.addTexts(texts, (n) => ({
      chatId,
      senderId: victims[n % victims.length]!,
      content: `about ${n} of ${word}`,
    }));
    return { chatId, ground: attack?.prepare?.(data) ?? {} };
  }

  /** A server that has done what it does after its first answer. */
  async #start(directory: string, log: string): Promise<ServerProcess> {
    const settings = { ...environmentOf(directory), RATE_LIMITS: "on", TRUSTED_PROXIES: "127.0.0.1" };
    const server = await startServer([...alone, this.parley], settings, log);
    letFirst(server.pid);
    for (let tries = 0; tries < mostTries && !(await looksAtFiles(server)); tries++) {
      await Bun.sleep(watchMilliseconds);
    }
    return server;
  }

  async #watch({ server, data, chatId, ground, attack, directory, log }: Run): Promise<Outcome> {
    const { pid, port } = server;
    const seconds = attack?.seconds ?? defaultSeconds;
    const [friendToken, ...tokens] = await data.tokens([friend, ...victims]);
    const victim = converse<VictimSays>(
      "attacks/victim.ts",
      {
        port,
        address: victimAddress,
        tokens,
        friendToken: friendToken!,
        friendName: userName(friend),
        name: userName(victims[0]!),
        password,
        chatId,
        word,
        seconds,
        photo: attack?.photo ?? false,
      } satisfies VictimInput,
      beside,
    );
    await victim.next();
    const listening = attack?.crowdListens
      ? await startClient<number>(
          "idle.ts",
          { port, tokens: await data.tokens(crowd), scattered: true } satisfies IdleInput,
          behind,
        )
      : undefined;
    const before = { disk: bytesIn(directory), log: statSync(log).size };
    forgetPeak(pid);
    const attacker =
      attack &&
      converse<AttackerSays>(
        "attacks/attacker.ts",
        {
          attack: attack.name,
          port,
          tokens: await data.tokens(attackers),
          ground,
        } satisfies AssaultInput,
        behind,
      );
    await attacker?.next();
    victim.tell("begin");
    attacker?.tell("begin");
    const end = await this.#guard(server, seconds);
    attacker?.tell("end");
    const told = ((await attacker?.next()) ?? []) as [string, number][];
    const result = (await victim.next()) as VictimResult;
    const peak = server.isRunning() ? peakBytes(pid) : NaN;
    await Promise.all([victim.end(), attacker?.end(), listening?.end()]);
    return {
      victim: result,
      peak,
      disk: bytesIn(directory) - before.disk,
      log: statSync(log).size - before.log,
      told,
      end,
    };
  }

  /** Waits until the attack has lasted so long; answers why it has not. */
  async #guard(server: ServerProcess, seconds: number): Promise<string | undefined> {
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      if (!server.isRunning()) return "the server ended";
      if (residentBytes(server.pid) > mostBytes) return "broken off for its memory";
      await Bun.sleep(watchMilliseconds);
    }
    return undefined;
  }
}

interface Run {
  server: ServerProcess;
  data: Data;
  chatId: number;
  ground: Ground;
  attack: Attack | undefined;
  directory: string;
  log: string;
}

async function looksAtFiles({ port }: ServerProcess): Promise<boolean> {
  const health = await fetch(`http://127.0.0.1:${port}/health`);
  return ((await health.json()) as { checks: { images?: string } }).checks.images !== undefined;
}

function bytesIn(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true }).reduce(
    (sum, one) => sum + (one.isFile() ? statSync(join(one.parentPath, one.name)).size : 0),
    0,
  );
}
