/**
 * Makes test/fixtures/data anew: what an executable has written when everything that there can be is there, and what
 * everybody saw then. `PROGRAM=dist/parley bun test/support/every-row.ts`; the executable has to have decoders.
 */
import { join } from "node:path";

import { keepData, restoreData, writeLines } from "./data.ts";
import { describePeople, leaveServer, refresh, signIn } from "./every-row/accounts.ts";
import { forgotten, letTimePass, longAgo } from "./every-row/before.ts";
import { type Cast, moveTo, names, registerAll } from "./every-row/cast.ts";
import { sendFiles, sendPending } from "./every-row/files.ts";
import { makeGroups } from "./every-row/groups.ts";
import { quiet } from "./every-row/quiet.ts";
import { callPeople, readNotifications, talkInPairs } from "./every-row/talk.ts";
import { earlierToken, leaveUnfinished } from "./every-row/unfinished.ts";
import { Home } from "./executable.ts";
import type { Person } from "./person.ts";
import { briefly, type Replayed, replayed } from "./replayed.ts";
import { seenBy } from "./seen.ts";
import { openBeside } from "./written.ts";

const settings = {
  OFFLINE_SECONDS: "2",
  // What looks into files is held for a while, and nobody waits for it.
  INSPECTION_SECONDS: "600",
  INSPECTION_FIRST_SECONDS: "600",
  MEDIA_WAIT_SECONDS: "0",
};
/** Gina does not look: there is something that she has not been told yet. */
const looking = ["alice", "bob", "carol", "dave", "frank"] as const;

/** What clients keep while the server is away, and when it stopped. */
export interface Kept {
  stopped: { at: number; position: number };
  signedIn: Record<string, ReturnType<typeof signedInAs>>;
  cursors: Record<string, string>;
  /** Of Alice's browser. */
  cookies: { refresh: string; files: string };
  /** Bob's refresh token of before, and Dave's. */
  usedUp: string;
  earlierToken: string;
  /** A file of Carol's that waits for its message, and a device of Gina's. */
  waiting: number;
  device: number;
}

/** What some people saw alike. */
export interface SeenBySome {
  by: string[];
  path: string;
  found: unknown;
}

/** What somebody was told who came back. */
export interface Told extends Replayed {
  name: string;
}

if (import.meta.main) {
  await using home = new Home();
  const [version = ""] = (await home.run(["--version"])).out.split("\n");
  const folder = join(import.meta.dir, "../fixtures/data", version);
  const { kept, seen } = await live(home);
  keepData(home.dataDir, folder);
  writeLines(join(folder, "seen.jsonl"), seen);
  await Bun.write(join(folder, "kept.json"), `${JSON.stringify(kept, null, 2)}\n`);
  writeLines(join(folder, "replayed.jsonl"), await tellAgain(folder, kept));
}

async function live(home: Home): Promise<{ kept: Kept; seen: SeenBySome[] }> {
  const first = await home.start({ settings });
  const people = await registerAll(home, first);
  const dave = await longAgo(people);
  await first.kill("SIGTERM");
  letTimePass(home.dataDir);
  const second = await home.start({ settings });
  const cast = await moveTo(second, people);
  await forgotten(home.dataDir);
  const { left, cursors, ...more } = await liveNow(cast);
  const usedUp = await refresh(cast);
  await sendPending(cast, left.team);
  const seen = await lookAround(cast);
  await second.kill("SIGTERM");
  const stopped = stopOf(home.dataDir);
  leaveUnfinished(home.dataDir, { ...left, userId: cast.gina.id });
  const signedIn = Object.fromEntries(names.map((name) => [name, signedInAs(cast[name])]));
  const { waiting } = left;
  const kept = { stopped, signedIn, cursors: { ...cursors, dave }, ...more, usedUp, earlierToken, waiting };
  return { kept, seen };
}

async function liveNow(cast: Cast) {
  const { alice, bob, carol, frank } = cast;
  const cookies = await signIn(cast);
  const sockets = { alice: await alice.connect(), bob: await bob.connect() };
  const leaving = { carol: await carol.connect(), frank: await frank.connect() };
  for (const one of Object.values(leaving)) await one.close();
  const device = await describePeople(cast);
  const team = await makeGroups(cast);
  await talkInPairs(cast, sockets);
  const left = { team, ...(await callPeople(cast, team)), ...(await sendFiles(cast, team)) };
  await quiet(cast.home.dataDir);
  await readNotifications(cast);
  await leaveServer(cast);
  await alice.say(team, "Erin has left.");
  await quiet(cast.home.dataDir);
  const cursors = Object.entries({ ...sockets, ...leaving }).map(([name, one]) => [name, one.cursor]);
  return { left, cookies, device, cursors: Object.fromEntries(cursors) as Record<string, string> };
}

/** The least that makes somebody go on. */
function signedInAs({ id, username, signedIn }: Person) {
  const { access_token, refresh_token } = signedIn;
  return { user: { id, username }, access_token, refresh_token };
}

/** What is the same for several people is there once. */
async function lookAround(cast: Cast): Promise<SeenBySome[]> {
  const all = new Map<string, SeenBySome>();
  for (const name of looking) {
    for (const [path, found] of await seenBy(cast[name])) {
      const key = JSON.stringify([path, found]);
      const { by } = all.get(key) ?? { by: [] };
      all.set(key, { by: [...by, name], path, found });
    }
  }
  return [...all.values()];
}

/** When the server was last known to run, and the last thing that happened. */
function stopOf(dataDir: string): Kept["stopped"] {
  using db = openBeside(dataDir);
  const query = "SELECT at, (SELECT max(pos) FROM journal) AS position FROM alive";
  return db.query<Kept["stopped"], []>(query).get()!;
}

/** What each missed, as the same executable tells it when it is started once more on the same data. */
async function tellAgain(folder: string, { stopped, signedIn, cursors }: Kept): Promise<Told[]> {
  await using home = new Home();
  restoreData(folder, home.dataDir);
  const server = await home.start({ settings });
  await server.caller();
  const told: Told[] = [];
  for (const [name, cursor] of Object.entries(cursors)) {
    const all = await replayed(server.as(signedIn[name]), cursor);
    told.push({ name, ...briefly(all, stopped.position) });
  }
  return told;
}
