/**
 * People use the client library over a line that breaks all the time, while server and clients are killed. ACTIONS says how much
 * they ask for, SERVER_KILLS and CLIENT_KILLS how often something is killed, SEED repeats the same chances.
 */
import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Home, type Running } from "./support/executable.ts";
import { moment } from "./support/moment.ts";
import { Chance } from "./support/random.ts";
import { until } from "./support/until.ts";
import { whatIsWrong } from "./support/weather/check.ts";
import { viewFile } from "./support/weather/config.ts";
import { storm } from "./support/weather/faults.ts";
import {
  difference,
  type Facts,
  factsOf,
  FreshLoads,
  quotingOnly,
  type Shows,
  unfounded,
  withoutMembers,
} from "./support/weather/fresh.ts";
import { ClientProcesses } from "./support/weather/processes.ts";
import { FaultyProxy } from "./support/weather/proxy.ts";
import { openBeside } from "./support/written.ts";
import { makeWorld } from "./support/weather/world.ts";

const number = (name: string, usual: number) => Number(process.env[name] ?? usual);
const actions = number("ACTIONS", 1000);
const serverKills = number("SERVER_KILLS", 2);
const clientKills = number("CLIENT_KILLS", 3);
const pace = number("PACE_MS", 100);
const chance = new Chance(process.env["SEED"] === undefined ? undefined : number("SEED", 0));
/** Tokens are over as soon as the settings let them. */
const settings = { ACCESS_TOKEN_SECONDS: "30", HEARTBEAT_SECONDS: "8" };
/** Milliseconds. */
const patience = 60_000;
const longest = patience + actions * pace;

test.each([
  ["in bad weather", false],
  ["in bad weather and encrypted chats", true],
])(
  `after ${actions} things that people do %s everybody sees what is there, once`,
  async (_, isEncrypted) => {
    const directory = mkdtempSync(join(tmpdir(), "parley-weather-"));
    console.log(`SEED=${chance.seed}, with what is noted in ${directory} until all is well`);
    await using home = new Home();
    let server = await home.start({ settings });
    const world = await makeWorld(home, server, { isEncrypted });
    using proxy = await FaultyProxy.start(server.url);
    proxy.weather = storm({ chance, longestSilence: number("SILENCE_MS", 2000), longestDelay: 60 });
    await using clients = new ClientProcesses({
      server: proxy.url,
      world,
      directory,
      processes: number("PROCESSES", 5),
      pace,
      haste: number("HASTE", 8),
      storedPerKill: number("STORED_PER_KILL", 2500),
      patience,
      chance,
    });

    const moments = [
      ...spread(serverKills).map((at) => ({ at, what: "server" })),
      ...spread(clientKills).map((at) => ({ at, what: "client" })),
    ].sort((a, b) => a.at - b.at);
    let restarts = 0;
    for (const { at, what } of moments) {
      await clients.acted(at, longest);
      if (what === "client") clients.kill();
      else server = await restart(home, server, proxy, restarts++ % 5 === 0);
    }
    await clients.acted(actions, longest);
    proxy.calm();
    await clients.order("rest");

    const fresh = new FreshLoads(server.url, world);
    // First what was heard, because loading makes up for what was not.
    await areSame(clients, fresh, unfounded);
    await clients.order("load");
    await areSame(clients, fresh, difference);
    expect(whatIsWrong(clients.journals, fresh.truth())).toEqual([]);
    await clients.order("close");
    console.log(
      `${clients.asked} actions, ${serverKills} kills of the server and ${clients.kills} of clients, ` +
        JSON.stringify(proxy.happened),
    );
    rmSync(directory, { recursive: true });
  },
  longest + 4 * patience,
);

/** So many moments, each after a number of actions: one at random in each part of them. */
function spread(count: number): number[] {
  return Array.from({ length: count }, (_, i) =>
    Math.floor(((i + chance.below(1000) / 1000) / count) * actions),
  );
}

/** `isLong`: whoever has not heard everything has been away for longer than events are kept (JOURNAL_DAYS). */
async function restart(home: Home, server: Running, proxy: FaultyProxy, isLong: boolean): Promise<Running> {
  proxy.server = undefined;
  await server.kill("SIGKILL");
  if (isLong) forgetEvents(home);
  await moment(chance.below(1000));
  const next = await home.start({ settings });
  proxy.server = next.url;
  return next;
}

function forgetEvents(home: Home): void {
  using db = openBeside(home.dataDir);
  db.run("UPDATE journal_state SET value = (SELECT max(pos) FROM journal) WHERE key = 'pruned_to'");
}

/** Waits until `compare` finds nothing at any client: receipts come late. */
async function areSame(
  clients: ClientProcesses,
  fresh: FreshLoads,
  compare: (shown: Facts, fresh: Facts) => string[],
): Promise<void> {
  let wrong: string[] = [];
  const look = async () => {
    await clients.order("show");
    await fresh.load();
    wrong = clients.journals.flatMap(({ client, userId, directory }) => {
      const { oddities, ...view } = JSON.parse(readFileSync(viewFile(directory), "utf8")) as Shows;
      const blind = withoutMembers(view);
      const all = quotingOnly(view, fresh.view(userId));
      const lines = compare(factsOf(view, userId, blind), factsOf(all, userId, blind));
      return [...lines, ...oddities].slice(0, 5).map((one) => `${client}: ${one}`);
    });
    return wrong.length === 0;
  };
  await until(look, patience, () => wrong.join("\n"));
}
