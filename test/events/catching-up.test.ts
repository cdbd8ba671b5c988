import { expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { hasCursor, heard, isEvent } from "../support/heard.ts";
import { RawSocket } from "../support/raw-socket.ts";
import { type ServerOptions, TestServer } from "../support/server.ts";
import { sayAll } from "../support/talk.ts";

setDefaultTimeout(20_000);

/** More than fits on the way to a client that does not read, so that its replay has to wait. */
const longAgo = Array.from({ length: 500 }, (_, i) => `${i} ${"x".repeat(16_000)}`);

/** Bob comes back to much that he missed, and stops reading while he is catching up. */
async function scene(options: ServerOptions = { clock: new ManualClock() }) {
  const server = await TestServer.start(options);
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const [club, direct] = [await alice.group("club", bob), await alice.directWith(bob)];
  const { cursor } = await bob.connect();
  await sayAll(await alice.connect(), club, longAgo);
  const socket = await RawSocket.of(bob, `?since=${cursor}`);
  socket.stopReading();
  return { server, alice, bob, club, direct, socket };
}

const hasResumed = (socket: RawSocket) => socket.frames.some((one) => one.type === "resumed");

test("somebody removed while catching up hears nothing of the chat from that moment on", async () => {
  const { server, alice, bob, club, direct, socket } = await scene();
  await using _ = server;
  await alice.delete(`/api/chats/${club}/members/${bob.id}`);
  await alice.say(club, "a secret");
  await alice.say(direct, "in private");
  socket.readOn();
  await socket.until(() => hasResumed(socket));
  await alice.say(club, "another secret");
  await alice.say(direct, "live");
  await socket.until(() => heard(socket.frames).at(-1)?.endsWith("live") === true);

  const lines = heard(socket.frames);
  const own = lines.length - 3;
  expect(own).toBeLessThan(longAgo.length);
  expect(lines).toEqual([
    ...longAgo.slice(0, own).map((text, i) => `new_message ${club}/${i + 2} ${text}`),
    `chat_removed ${club}`,
    `new_message ${direct}/1 in private`,
    `new_message ${direct}/2 live`,
  ]);
  expect(JSON.stringify(socket.frames)).not.toContain("secret");
  const resumed = socket.frames.findIndex((one) => one.type === "resumed");
  expect(socket.frames[resumed]!["count"]).toBe(socket.frames.slice(0, resumed).filter(hasCursor).length);
  socket.end();
});

test("somebody added, removed and added again while catching up hears just what was theirs", async () => {
  const { server, alice, bob, club, socket } = await scene();
  await using _ = server;
  const other = await alice.group("other");
  const members = `/api/chats/${other}/members`;
  await alice.say(other, "too early");
  await alice.post(members, { user_id: bob.id });
  await alice.say(other, "while in");
  await alice.delete(`${members}/${bob.id}`);
  await alice.say(other, "while out");
  await alice.post(members, { user_id: bob.id });
  await alice.say(other, "back in");
  await alice.delete(`/api/chats/${club}/members/${bob.id}`);
  await alice.post(`/api/chats/${club}/members`, { user_id: bob.id });
  socket.readOn();
  await socket.until(() => hasResumed(socket));
  await alice.say(other, "live");
  await alice.say(club, "live too");
  await socket.until(() => heard(socket.frames).at(-1)?.endsWith("live too") === true);
  expect(heard(socket.frames).filter((line) => !line.includes("xxx"))).toEqual([
    `chat_created ${other} as member`,
    `chat_removed ${other}`,
    `chat_created ${other} as member`,
    `new_message ${other}/8 back in`,
    `chat_removed ${club}`,
    `chat_created ${club} as member`,
    `new_message ${other}/9 live`,
    `new_message ${club}/504 live too`,
  ]);
  const cursors = socket.frames.filter(isEvent).map((one) => one["cursor"]);
  expect(new Set(cursors).size).toBe(cursors.length);
  socket.end();
});

test("what somebody asks while catching up is answered after it, and their session's end ends it", async () => {
  const { server, bob, club, socket } = await scene();
  await using _ = server;
  socket.send({ type: "send_message", request_id: "r", chat_id: club, content: "I am back" });
  socket.readOn();
  await socket.until(() => socket.frames.some((one) => one["request_id"] === "r"));
  const types = socket.frames.map((one) => one.type);
  expect(types.slice(-3)).toEqual(["resumed", "new_message", "ack"]);

  // Again and again: once may fit on the way to somebody who has just read so much.
  const again = 5;
  for (let i = 0; i < again; i++) socket.send({ type: "resume", cursor: socket.frames[0]!["cursor"] });
  const before = socket.frames.length;
  await socket.until(() => socket.frames.length > before);
  socket.stopReading();
  await bob.post("/api/auth/logout");
  socket.readOn();
  expect(await socket.closed).toBe(4003);
  expect(socket.frames.filter((one) => one.type === "resumed").length).toBeLessThan(1 + again);
});

test("a server that stops sends those away too who are catching up", async () => {
  const { server, bob, socket } = await scene();
  await using _ = server;
  await server.restart();
  socket.readOn();
  expect(await socket.closed).toBe(1012);
  const back = await server.as(bob.signedIn).connect({ since: socket.cursor });
  const missed = longAgo.length - socket.frames.filter(isEvent).length;
  await back.next("resumed");
  expect(back.frames.filter(isEvent).length).toBe(missed);
});

test("somebody so slow that the rest is forgotten meanwhile starts afresh, and is never given a part", async () => {
  const clock = new ManualClock();
  const config = { journalDays: 1, accessTokenSeconds: 86_400 };
  const { server, club, socket } = await scene({ clock, config });
  await using _ = server;
  // What somebody still has to be told of is not forgotten.
  await server.settled();
  clock.turn(25 * 3_600_000);
  // Forgetting was asked for before this message, so it is done when this one is saved.
  await (await server.login("alice")).say(club, "much later");
  socket.readOn();
  await socket.until(() => socket.frames.some((one) => one.type.startsWith("res")));
  expect(socket.frames.at(-1)).toMatchObject({ type: "resync", reason: "too_old" });
  expect(heard(socket.frames).at(-1)).not.toEndWith("much later");
  socket.end();
});

test("somebody who stops reading while catching up keeps nobody else from it", async () => {
  const { server, alice, direct, socket } = await scene({ config: { catchUpsInAll: 1 } });
  await using _ = server;
  const here = await alice.connect();
  const since = here.cursor;
  await here.close();
  await alice.say(direct, "meanwhile");
  const back = await alice.connect({ since });
  await back.next("resumed");
  expect(hasResumed(socket)).toBe(false);
  socket.end();
});
