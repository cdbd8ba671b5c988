import { expect, test } from "bun:test";

import { type Entry, memoryStore, type Session } from "../../src/client/sdk/index.ts";
import {
  fetchBy,
  MortalStore,
  opened,
  otherCursor,
  recording,
  sees,
  shown,
  texts,
} from "../support/client.ts";
import { Line } from "../support/line.ts";
import type { Person } from "../support/person.ts";
import { shared } from "../support/shared.ts";
import { until } from "../support/until.ts";
import { FaultyProxy } from "../support/weather/proxy.ts";

const server = await shared();
const day = 24 * 3600 * 1000;
/** Comes back as soon as may be. */
const eager = { random: () => 0 };

async function pair(): Promise<[alice: Person, bob: Person, chatId: number]> {
  const [alice, bob] = await server.people("alice", "bob");
  return [alice, bob, await alice.directWith(bob)];
}

const stateOf = (session: Session, chatId: number, content: string) =>
  shown(session, chatId).find((one) => one.message.content === content)?.state;

test("what was sent when the program was killed is there at once when it starts again, and arrives once", async () => {
  const [alice, bob, chatId] = await pair();
  using line = await Line.to(server.url);
  for (const isStored of [true, false]) {
    const store = new MortalStore();
    const content = `on my way, ${isStored ? "and there" : "not there"}`;
    await using before = await opened(line.url, alice, { store, environment: eager });
    await before.live();
    if (isStored) line.loseAnswers();
    else line.cut();
    await before.chat(chatId).send(content);
    if (isStored) await server.settled();
    if (isStored) await arrives(bob, chatId, content);
    const survivor = await store.kill();
    line.cut();
    await using after = await opened(line.url, undefined, { store: survivor, environment: eager });
    expect(stateOf(after, chatId, content)).toBeOneOf(["waiting", "sending"]);
    line.mend();
    after.wake();
    await sees(
      () => stateOf(after, chatId, content) === "sent" || stateOf(after, chatId, content) === "delivered",
    );
    await after.drained();
    const there = (await bob.history(chatId)).filter((one) => one.content === content);
    expect(there).toHaveLength(1);
  }
});

test("what is asked for offline is done in its order; a refused reaction or edit holds up no message", async () => {
  const [alice, bob, chatId] = await pair();
  using line = await Line.to(server.url);
  const own = await alice.say(chatId, "mine");
  const reacted = await bob.say(chatId, "his");
  const more = [await bob.say(chatId, "one"), await bob.say(chatId, "two"), await bob.say(chatId, "three")];
  await using hers = await opened(line.url, alice, { environment: eager });
  await hers.live();
  const chat = hers.chat(chatId);
  await chat.open();
  line.cut();
  await sees(() => hers.connection.value === "offline");
  await chat.react(reacted.id, "👍");
  await chat.edit(own.id, "mine, but better");
  await chat.read(more[0].id);
  await chat.read(more[2].id);
  await chat.send("first");
  await chat.send("second");
  expect(shown(hers, chatId).find((one) => one.message.id === reacted.id)!.message.reactions).toHaveLength(1);
  expect(chat.info.value!.unread_count).toBe(0);
  expect(hers.outbox.value.filter((one) => one.kind === "read")).toHaveLength(1);
  await alice.delete(`/api/messages/${own.id}`);
  await bob.delete(`/api/messages/${reacted.id}`);
  line.mend();
  hers.wake();
  await hers.drained();
  expect((await bob.history(chatId)).slice(-2).map((one) => one.content)).toEqual(["first", "second"]);
  expect((await bob.get(`/api/messages/${more[2].id}/receipts`)).body.read).toEqual([alice.id]);
  const edited = shown(hers, chatId).find((one) => one.message.id === own.id)!;
  const entry = edited.entry as Extract<Entry, { kind: "edit" }>;
  expect(entry).toMatchObject({
    state: "failed",
    content: "mine, but better",
    refusal: { code: "message_deleted" },
  });
  await hers.drop(entry.key);
  expect(hers.outbox.value).toBeEmpty();
  await sees(() => shown(hers, chatId).find((one) => one.message.id === reacted.id)!.message.is_deleted);
});

test.each(["replay", "page"] as const)("a message is sent at its first sight, in a %s", async (way) => {
  const [alice, bob, chatId] = await pair();
  for (const content of ["one", "two"]) await bob.say(chatId, content);
  using line = await Line.to(server.url);
  await using hers = await opened(line.url, alice, { environment: eager });
  await hers.live();
  const chat = hers.chat(chatId);
  line.loseAnswers();
  await chat.send("hello");
  await arrives(bob, chatId, "hello");
  line.cut();
  line.mend();
  if (way === "page") {
    await chat.open();
    // The line is not back yet.
    expect(hers.connection.value).not.toBe("live");
    expect(stateOf(hers, chatId, "hello")).toBeOneOf(["sent", "delivered"]);
    expect(hers.outbox.value).toBeEmpty();
  }
  hers.wake();
  await hers.live();
  await chat.open();
  await hers.drained();
  expect(texts(hers, chatId)).toEqual(["one", "two", "hello"]);
  expect(await bob.history(chatId)).toHaveLength(3);
});

test("a server that asks for a month is asked again within the hour", async () => {
  const [alice, bob, chatId] = await pair();
  const { id } = await bob.say(chatId, "hello");
  const problem = {
    type: "about:blank",
    title: "Slow down",
    status: 429,
    code: "rate_limited",
    detail: "Slow down.",
  };
  const body = JSON.stringify({ ...problem, retry_after: 30 * 24 * 3600 });
  const headers = { "Content-Type": "application/problem+json" };
  const fetch = fetchBy((input) =>
    String(input).includes("/reactions/")
      ? Promise.resolve(new Response(body, { status: 429, headers }))
      : undefined,
  );
  const waits: number[] = [];
  const timer = (run: () => void, milliseconds: number) => (
    waits.push(milliseconds),
    setTimeout(run, milliseconds)
  );
  await using hers = await opened(server.url, alice, { environment: { fetch, setTimeout: timer } });
  await hers.live();
  await hers.chat(chatId).react(id, "👍");
  await until(() => waits.some((one) => one > 600_000));
  expect(Math.max(...waits)).toBeLessThanOrEqual(3_600_000);
});

test("a proxy's error page decides nothing", async () => {
  const [alice, bob, chatId] = await pair();
  using proxy = await FaultyProxy.start(server.url);
  await using hers = await opened(proxy.url, alice, { environment: eager });
  await hers.live();
  const post = (await bob.say(chatId, "hello")).id;
  let pages = 0;
  proxy.weather = ({ kind }) => (kind === "request" && pages++ < 2 ? { page: "unasked" } : {});
  // Reactions have no frame, and go over REST.
  await hers.chat(chatId).react(post, "👍");
  await sees(() => hers.outbox.value[0]?.state === "waiting");
  await hers.drained();
  expect(pages).toBeGreaterThan(2);
  expect((await bob.history(chatId))[0].reactions).toHaveLength(1);
});

test("what went out over a line that died is sent again as soon as another is there", async () => {
  const [alice, bob, chatId] = await pair();
  using line = await Line.to(server.url);
  const posted = Promise.withResolvers<void>();
  const silent = fetchBy((input, init) => {
    if (init?.method !== "POST" || !String(input).endsWith(`/api/messages/${chatId}`)) return undefined;
    posted.resolve();
    return new Promise((_, reject) => {
      init.signal!.onabort = () => reject(init.signal!.reason);
    });
  });
  await using hers = await opened(line.url, alice, { environment: { ...eager, fetch: silent } });
  await hers.live();
  line.cut();
  await sees(() => hers.connection.value !== "live");
  await hers.chat(chatId).send("hello");
  await posted.promise;
  line.mend();
  hers.wake();
  await hers.drained();
  expect((await bob.history(chatId)).map((one) => one.content)).toEqual(["hello"]);
});

test("one's own reactions are shown all the time, however quickly one follows another", async () => {
  const [alice, bob, chatId] = await pair();
  const { id } = await bob.say(chatId, "choose");
  await using hers = await opened(server.url, alice);
  await hers.live();
  const chat = hers.chat(chatId);
  const seen: number[] = [];
  const stop = chat.timeline.subscribe(() => {
    seen.push(shown(hers, chatId).find((one) => one.message.id === id)?.message.reactions.length ?? 0);
  });
  for (const emoji of ["👍", "🎉", "❤️", "😀", "👀", "🚀"]) await chat.react(id, emoji);
  await hers.drained();
  await server.settled();
  stop();
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen.at(-1)).toBe(6);
});

test("a message that had arrived before its writer was taken out of the chat does not wait any longer", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await bob.group("Tea", alice);
  using line = await Line.to(server.url);
  await using hers = await opened(line.url, alice, { environment: eager });
  await hers.live();
  line.loseAnswers();
  await hers.chat(chatId).send("good night");
  await arrives(bob, chatId, "good night");
  line.cut();
  await bob.delete(`/api/chats/${chatId}/members/${alice.id}`);
  line.mend();
  hers.wake();
  await hers.drained();
  expect(hers.outbox.value).toBeEmpty();
  expect(hers.chats.value).toBeEmpty();
});

test("what is written behind a file stays behind it, however long that takes to be kept", async () => {
  const [alice, bob, chatId] = await pair();
  const { promise: isKept, resolve: keep } = Promise.withResolvers<void>();
  const store = memoryStore();
  const keepFile = store.keepFile.bind(store);
  store.keepFile = (id, file) => isKept.then(() => keepFile(id, file));
  await using hers = await opened(server.url, alice, { store });
  const chat = hers.chat(chatId);
  await hers.live();
  const file = { name: "notes.txt", blob: new Blob(["tea at six"]) };
  const written = [chat.send("the notes", { files: [file] }), chat.send("have you read them?")];
  await hers.call("GET /api/auth/me");
  expect(texts(hers, chatId)).toEqual([]);
  keep();
  await Promise.all(written);
  await hers.drained();
  expect((await bob.history(chatId)).map((one) => one.content)).toEqual(["the notes", "have you read them?"]);
});

test("what stands behind a refused message waits until a person decides", async () => {
  const [alice, bob, chatId] = await pair();
  await using hers = await opened(server.url, alice);
  await hers.live();
  const chat = hers.chat(chatId);
  await chat.open();
  const tooLong = "x".repeat(20_000);
  const key = await chat.send(tooLong);
  await chat.send("behind it");
  await chat.react((await bob.say(chatId, "hello")).id, "👍");
  await sees(() => hers.outbox.value.some((one) => one.state === "failed"));
  await sees(() => hers.outbox.value.every((one) => one.kind === "send"));
  expect(hers.outbox.value.map((one) => one.state)).toEqual(["failed", "waiting"]);
  expect(hers.outbox.value[0]!.refusal!.code).toBe("validation");
  // A person makes it shorter.
  await chat.edit(key, "short");
  await hers.drained();
  expect((await bob.history(chatId)).map((one) => one.content)).toEqual(["hello", "short", "behind it"]);
  const again = await chat.send(tooLong);
  await chat.send("behind the other");
  await sees(() => hers.outbox.value[0]?.state === "failed");
  await hers.drop(again);
  await hers.drained();
  expect((await bob.history(chatId)).at(-1).content).toBe("behind the other");
});

test("a message that is still being sent can be answered, edited and deleted", async () => {
  const [alice, bob, chatId] = await pair();
  using line = await Line.to(server.url);
  await using hers = await opened(line.url, alice, { environment: eager });
  await hers.live();
  const chat = hers.chat(chatId);
  await chat.open();
  line.cut();
  await sees(() => hers.connection.value === "offline");
  const key = await chat.send("hello");
  await chat.send("hello again", { replyTo: key });
  const unwanted = await chat.send("never mind");
  // Somewhere in between a request may be under way that nobody hears of any more.
  await sees(() => hers.outbox.value.every((one) => one.state === "waiting"));
  await chat.edit(key, "hello Bob");
  await chat.remove(unwanted);
  expect(texts(hers, chatId)).toEqual(["hello Bob", "hello again"]);
  line.mend();
  hers.wake();
  await hers.drained();
  const [first, second, ...rest] = await bob.history(chatId);
  expect(rest).toBeEmpty();
  expect(first).toMatchObject({ content: "hello Bob", is_edited: false });
  expect(second).toMatchObject({ content: "hello again", reply_to_id: first.id });
});

test("an edit and a deletion of a message that had gone out already follow it", async () => {
  const [alice, bob, chatId] = await pair();
  using line = await Line.to(server.url);
  await using hers = await opened(line.url, alice, { environment: eager });
  await hers.live();
  const chat = hers.chat(chatId);
  await chat.open();
  line.loseAnswers();
  const key = await chat.send("hello");
  await arrives(bob, chatId, "hello");
  await chat.edit(key, "hello Bob");
  const unwanted = await chat.send("never mind");
  line.cut();
  line.mend();
  hers.wake();
  await sees(() => texts(hers, chatId).includes("never mind"));
  await hers.drained();
  line.loseAnswers();
  const gone = await chat.send("gone");
  await arrives(bob, chatId, "gone");
  await chat.remove(gone);
  expect(texts(hers, chatId)).toEqual(["hello Bob", "never mind"]);
  line.cut();
  line.mend();
  hers.wake();
  await hers.drained();
  expect(unwanted).toBeString();
  const there = await bob.history(chatId);
  expect(there.map((one) => one.content)).toEqual(["hello Bob", "never mind", ""]);
  expect(there.map((one) => [one.is_edited, one.is_deleted])).toEqual([
    [true, false],
    [false, false],
    [false, true],
  ]);
});

test("whoever edits, answers or deletes by its key what has just arrived means that message", async () => {
  const [alice, bob, chatId] = await pair();
  await using hers = await opened(server.url, alice);
  await hers.live();
  const chat = hers.chat(chatId);
  const key = await chat.send("hello");
  const unwanted = await chat.send("never mind");
  await hers.drained();
  await chat.edit(key, "hello Bob");
  await chat.send("hello again", { replyTo: key });
  await chat.remove(unwanted);
  await hers.drained();
  const [first, second, third] = await bob.history(chatId);
  expect(first.content).toBe("hello Bob");
  expect(second.is_deleted).toBe(true);
  expect(third.reply_to_id).toBe(first.id);
});

test("what was taken back before it was answered holds up nothing on the next day", async () => {
  const [alice, bob, chatId] = await pair();
  using line = await Line.to(server.url);
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const store = memoryStore();
  const before = await opened(line.url, alice, { store, environment: { ...eager, now } });
  await before.live();
  line.loseAnswers();
  const key = await before.chat(chatId).send("never mind");
  await arrives(bob, chatId, "never mind");
  await before.chat(chatId).remove(key);
  await before.chat(chatId).send("good morning");
  line.cut();
  await before.close();
  ahead = 2 * day;
  await using after = await opened(server.url, undefined, { store, environment: { ...eager, now } });
  await after.live();
  for (const one of after.outbox.value) if (one.state === "asks") await after.retry(one.key);
  await after.drained();
  expect((await bob.history(chatId)).map((one) => one.content)).toEqual(["", "good morning"]);
});

test("a message that is made shorter while it is being refused is sent", async () => {
  const [alice, bob, chatId] = await pair();
  await using hers = await opened(server.url, alice);
  await hers.live();
  const chat = hers.chat(chatId);
  const key = await chat.send("x".repeat(20_000));
  await chat.edit(key, "short");
  await hers.drained();
  expect((await bob.history(chatId)).map((one) => one.content)).toEqual(["short"]);
});

test("nobody waits for what waits for a person", async () => {
  const [alice, , chatId] = await pair();
  await using hers = await opened(server.url, alice);
  await hers.live();
  await hers.chat(chatId).send("x".repeat(20_000));
  await hers.chat(chatId).send("behind it");
  await hers.drained();
  expect(hers.outbox.value.map((one) => one.state)).toEqual(["failed", "waiting"]);
  await expect(hers.chat(chatId).edit("no such key", "x")).rejects.toMatchObject({ code: "not_found" });
});

test("what is older than a day asks first, and what is older than 30 is looked for, also by a clock that was wrong", async () => {
  const [alice, bob, chatId] = await pair();
  using line = await Line.to(server.url);
  let ahead = 2 * day;
  const now = () => Date.now() + ahead;
  const store = new MortalStore();
  await using before = await opened(line.url, alice, { store, environment: { ...eager, now } });
  await before.live();
  line.loseAnswers();
  const key = await before.chat(chatId).send("from last month");
  await arrives(bob, chatId, "from last month");
  const survivor = await store.kill();
  for (let i = 0; i < 60; i++) await bob.say(chatId, `since then ${i}`);
  // Away for so long that there is no resuming: it comes neither in a replay nor as the last message.
  await survivor.write([], { from: (await survivor.read()).cursor, to: "too-old" });
  ahead = 40 * day;
  const { WebSocket, sent } = recording();
  await using after = await opened(server.url, undefined, {
    store: survivor,
    environment: { ...eager, now, WebSocket },
  });
  await after.live();
  expect(after.outbox.value.map((one) => one.state)).toEqual(["asks"]);
  await after.retry(key);
  await after.drained();
  expect(sent.filter((one) => one.includes("send_message"))).toBeEmpty();
  expect(after.outbox.value).toBeEmpty();
});

/** Waits until somebody has it. */
async function arrives(person: Person, chatId: number, content: string): Promise<void> {
  await until(async () => (await person.history(chatId)).some((one) => one.content === content));
}

test("what waits when the server is restored from a backup asks whether it is still meant, and names no ids of before", async () => {
  const [alice, bob, chatId] = await pair();
  const his = await bob.say(chatId, "his");
  const own = await alice.say(chatId, "mine");
  const store = memoryStore();
  using line = await Line.to(server.url);
  const before = await opened(line.url, alice, { store });
  await before.live();
  const chat = before.chat(chatId);
  await chat.open();
  line.cut();
  const reply = await chat.send("a reply", { replyTo: his.id });
  await chat.send("to the reply", { replyTo: reply });
  const withFile = await chat.send("", { files: [{ name: "a.txt", blob: new Blob(["hello"]) }] });
  await chat.edit(own.id, "edited");
  await chat.react(his.id, "👍");
  await chat.read(his.id);
  const takenBack = await chat.send("never mind");
  await chat.keepDraft({ text: "Dear", reply_to: his.id });
  const entry = before.outbox.value.find((one) => one.key === withFile) as Extract<Entry, { kind: "send" }>;
  await before.close();
  // Uploaded by then, as a file that another database does not have. And its cursor is none of this one.
  const uploaded = { media_id: 2 ** 40, media_type: "document", uploaded_at: Date.now() } as const;
  const files = entry.files.map((one) => ({ ...one, ...uploaded }));
  // Nobody knows whether this one has arrived.
  const gone = { ...entry, key: takenBack, files: [], is_removed: true, was_sent: true };
  const { cursor } = await store.read();
  const rows = [{ ...entry, files }, gone].map(
    (value) => ({ kind: "entry", at: [value.key], value }) as const,
  );
  await store.write(rows, {
    from: cursor,
    to: otherCursor,
  });

  line.mend();
  await using after = await opened(line.url, undefined, { store });
  await after.live();
  await after.drained();
  const entries = after.outbox.value;
  expect(entries.map((one) => [one.kind, one.state, one.refusal?.code])).toEqual([
    ["send", "asks", undefined],
    ["send", "asks", undefined],
    ["send", "asks", undefined],
    ["edit", "failed", "epoch_changed"],
  ]);
  expect(after.chat(chatId).draft()).toEqual({ text: "Dear" });
  for (const { key, state } of entries) await (state === "asks" ? after.retry(key) : after.drop(key));
  await after.drained();
  await sees(() => after.outbox.value.length === 0);
  const [first, second, third] = (await bob.history(chatId)).slice(-3);
  expect([first, second].map(({ content, reply_to_id }) => [content, reply_to_id])).toEqual([
    ["a reply", null],
    ["to the reply", first.id],
  ]);
  expect(third.media[0].original_filename).toBe("a.txt");
});
