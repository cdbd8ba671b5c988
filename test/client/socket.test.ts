import { expect, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { opened, recording, sees, texts, timedBy } from "../support/client.ts";
import { Line } from "../support/line.ts";
import { shared } from "../support/shared.ts";
import { until } from "../support/until.ts";

const server = await shared();

/** Surroundings whose time a test turns, and a machine that can be asleep: then it is later, and no timer has run. */
function surroundings() {
  const clock = new ManualClock();
  const recorded = recording();
  let asleep = 0;
  const timed = timedBy(clock);
  return {
    ...recorded,
    clock,
    sleep: (milliseconds: number) => (asleep += milliseconds),
    pings: () => recorded.sent.filter((one) => one.includes('"ping"')).length,
    pongs: () => recorded.received.filter((one) => one.includes('"pong"')).length,
    environment: {
      ...timed,
      elapsed: () => clock.monotonic() + asleep,
      random: () => 0,
      WebSocket: recorded.WebSocket,
    },
  };
}

test("a line that died while the program was asleep is noticed when it wakes, and nothing is lost", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  using line = await Line.to(server.url);
  const { clock, sleep, pings, opened: handshakes, environment } = surroundings();
  await using hers = await opened(line.url, alice, { environment });
  await hers.live();
  line.loseAnswers();
  sleep(600_000);
  await bob.say(chatId, "are you there?");
  hers.wake();
  await hers.chat(chatId).send("yes");
  expect(pings()).toBe(1);
  expect(hers.chat(chatId).online.value.size).toBe(0);
  clock.turn(3000);
  expect(hers.connection.value).toBe("offline");
  await until(() => (clock.turn(500), handshakes.length === 2));
  await hers.live();
  expect(handshakes).toHaveLength(2);
  expect(handshakes[1]).toContain("since=");
  await hers.drained();
  expect(texts(hers, chatId).toSorted()).toEqual(["are you there?", "yes"]);
  expect(await bob.history(chatId)).toHaveLength(2);
});

test("a healthy line is kept, however often the program is looked at again", async () => {
  const [alice] = await server.people("alice");
  const { clock, sleep, pings, pongs, opened: handshakes, environment } = surroundings();
  await using hers = await opened(server.url, alice, { environment });
  await hers.live();
  for (let i = 1; i <= 20; i++) {
    sleep(60_000);
    hers.wake();
    expect(pings()).toBe(i);
    await until(() => pongs() === pings());
    clock.turn(3000);
    expect(hers.connection.value).toBe("live");
  }
  expect(handshakes).toHaveLength(1);
});

test("a silent line is asked, and given up when it does not answer", async () => {
  const [alice] = await server.people("alice");
  using line = await Line.to(server.url);
  const { clock, sleep, pings, pongs, opened: handshakes, environment } = surroundings();
  await using hers = await opened(line.url, alice, { environment });
  await hers.live();
  clock.turn(30_000);
  expect(pings()).toBe(1);
  await until(() => pongs() === pings());
  clock.turn(10_000);
  expect(hers.connection.value).toBe("live");
  line.loseAnswers();
  clock.turn(30_000);
  expect(pings()).toBe(2);
  // The timer of a hidden page comes late: the line is asked once more before it is given up.
  sleep(120_000);
  clock.turn(10_000);
  expect(hers.connection.value).toBe("live");
  expect(pings()).toBe(3);
  clock.turn(3000);
  expect(hers.connection.value).toBe("offline");
  await until(() => (clock.turn(500), handshakes.length === 2));
  await hers.live();
  expect(handshakes).toHaveLength(2);
});

test("whoever signs in at an eleventh place takes the oldest one's, which comes back when somebody looks at it", async () => {
  const [alice] = await server.people("alice");
  await using hers = await opened(server.url, alice, { environment: { random: () => 0 } });
  await hers.live();
  const others = await Promise.all(Array.from({ length: 10 }, () => alice.connect()));
  await sees(() => hers.connection.value === "ended");
  expect(hers.ended.value!.code).toBe("replaced");
  await others[0]!.close();
  hers.wake();
  await hers.live();
  expect(hers.ended.value).toBeUndefined();
  await Promise.all(others.map((one) => one.close()));
});

test("presence and typing are told where one looks, and asked anew after a broken line", async () => {
  const [alice, bob, carol] = await server.people("alice", "bob", "carol");
  const chatId = await alice.group("Tea", bob, carol);
  using line = await Line.to(server.url);
  await using hers = await opened(line.url, alice, { environment: { random: () => 0 } });
  await hers.live();
  const chat = hers.chat(chatId);
  await using his = await opened(server.url, bob);
  await his.live();
  chat.look();
  await sees(() => chat.online.value.has(bob.id));
  his.chat(chatId).type();
  await sees(() => chat.typing.value.some((one) => one.username === bob.username));
  await his.chat(chatId).send("here I am");
  await sees(() => chat.typing.value.length === 0);
  line.cut();
  await sees(() => chat.online.value.size === 0);
  await using hersToo = await opened(server.url, carol);
  await hersToo.live();
  line.mend();
  hers.wake();
  await sees(() => chat.online.value.has(carol.id) && chat.online.value.has(bob.id));
  chat.leave();
  expect(chat.online.value.size).toBe(0);
});
