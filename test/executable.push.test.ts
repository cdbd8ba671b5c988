/**
 * The built executable is killed again and again while it pushes, to a push service that hangs, is quick, slow, and down
 * in turn. KILLS says how often, SEED repeats the same moments.
 */
import { expect, test } from "bun:test";

import { Home } from "./support/executable.ts";
import { moment } from "./support/moment.ts";
import { neverStored, toldAfterReading, unreadChats, untold } from "./support/push-check.ts";
import { type Device, PushLoad } from "./support/push-load.ts";
import { PushService } from "./support/push-service.ts";
import { Chance } from "./support/random.ts";
import { until } from "./support/until.ts";

const kills = Number(process.env["KILLS"] ?? 5);
const chance = new Chance(process.env["SEED"] === undefined ? undefined : Number(process.env["SEED"]));
/** Nobody writes in them after the round that is theirs, so that no later message makes up for a push that was lost. */
const chatsOfRound = 2;
/** What the push service answers, and when; `gone` settles when the server has been killed. */
const moods: ((gone: Promise<void>) => Promise<number>)[] = [
  // It hangs, and has taken nothing in the end.
  (gone) => gone.then(() => 503),
  async () => 201,
  () => moment(chance.below(400)).then(() => 201),
  async () => 503,
];

test(
  `whoever is away is told of every message through ${kills} kills, of none before it is stored or after it is read`,
  async () => {
    await using service = await PushService.start();
    await using home = new Home();
    const settings = {
      ACCESS_TOKEN_SECONDS: "86400",
      PUSH_ALLOWED_HOSTS: service.host,
      NODE_EXTRA_CA_CERTS: service.certificateFile,
    };
    let server = await home.start({ settings });
    const load = await PushLoad.prepare(server, service, kills * chatsOfRound, chance);
    /** How many pushes each device had got from the servers that were killed. */
    const fences: Map<Device, number>[] = [];
    for (let kill = 0; kill < kills; kill++) {
      const gone = Promise.withResolvers<void>();
      const answering = answerBy(service, () => moods[kill % moods.length]!(gone.promise));
      const talk = load.talk(server.url, load.chatIds.slice(kill * chatsOfRound, (kill + 1) * chatsOfRound));
      await moment(100 + chance.below(500));
      load.cutOff();
      await server.kill("SIGKILL");
      gone.resolve();
      await talk;
      await until(() => answering.size === 0);
      fences.push(new Map(load.devices.map((one) => [one, one.subscription.received.length])));
      server = await home.start({ settings });
    }
    service.answer(201);

    const unread = await unreadChats(load, server.url);
    // A device whose service has failed again and again is asked after a pause.
    await until(
      () => untold(load, unread).length === 0,
      30_000 + kills * 6000,
      () => untold(load, unread).join("\n"),
    );
    expect(await neverStored(load, server.url)).toEqual([]);
    expect(toldAfterReading(load, fences)).toEqual([]);
    const pushes = load.devices.flatMap((one) => one.subscription.received).length;
    const { acknowledged, readings } = load;
    console.log(
      `seed ${chance.seed}: ${kills} kills, ${acknowledged} messages, ${readings.length} readings, ${pushes} pushes`,
    );
    expect(acknowledged).toBeGreaterThan(kills);
    expect(readings.length).toBeGreaterThan(kills);
  },
  60_000 + kills * 10_000,
);

/** The push service answers so from now on. What is being answered. */
function answerBy(service: PushService, status: () => Promise<number>): Set<Request> {
  const answering = new Set<Request>();
  service.answer(async (request) => {
    answering.add(request);
    const response = new Response(null, { status: await status() });
    answering.delete(request);
    return response;
  });
  return answering;
}
