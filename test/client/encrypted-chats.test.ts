/** Encrypted chats by the client library, over the real server. */
import { expect, setDefaultTimeout, test } from "bun:test";

import {
  connect,
  type Conversation,
  type Item,
  memoryStore,
  type Session,
} from "../../src/client/sdk/index.ts";
import { sees } from "../support/client.ts";
import { lookedAt, withKeys } from "../support/e2ee/session.ts";
import { Line } from "../support/line.ts";
import { password } from "../support/server.ts";
import { shared } from "../support/shared.ts";

setDefaultTimeout(60_000);

const server = await shared();

const shownIn = (chat: Conversation) =>
  chat.timeline.value.flatMap((one: Item) => (one.kind === "message" && !one.message.system ? [one] : []));
const textsIn = (chat: Conversation) => shownIn(chat).map((one) => one.message.content);
const shows = (chat: Conversation, ...texts: string[]) =>
  sees(() => JSON.stringify(textsIn(chat)) === JSON.stringify(texts)).catch(() => {
    const seen = shownIn(chat).map((one) => [one.message.content, one.state, one.encryption, one.entry]);
    throw new Error(`${JSON.stringify(texts)} was never shown, but ${JSON.stringify(seen)}`);
  });
const problemsIn = (chat: Conversation) => shownIn(chat).flatMap((one) => one.encryption?.problems ?? []);

test("two people turn encryption on, and write, answer, edit and delete there", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const id = await alice.directWith(bob);
  await alice.say(id, "in the clear");
  await using hers = (await withKeys(server.url, alice)).session;
  await using his = (await withKeys(server.url, bob)).session;
  const her = hers.chat(id);
  const him = his.chat(id);
  await Promise.all([her.open(), him.open()]);
  await her.encryption.turnOn(await her.encryption.preview());
  await sees(() => him.info.value?.encryption.on === true);
  await her.send("hello");
  await shows(him, "in the clear", "hello");
  const [, hello] = shownIn(him);
  await him.send("hello yourself", { replyTo: hello!.message.id });
  await shows(her, "in the clear", "hello", "hello yourself");
  expect(shownIn(her)[2]!.message.reply_to?.content).toBe("hello");
  await her.edit(hello!.message.id, "hello, dear");
  await shows(him, "in the clear", "hello, dear", "hello yourself");
  await him.remove(shownIn(him)[2]!.message.id);
  await shows(her, "in the clear", "hello, dear", "");
  await her.send("last");
  await shows(him, "in the clear", "hello, dear", "", "last");
  expect([...problemsIn(her), ...problemsIn(him)]).toEqual([]);
  const stored = await alice.history(id);
  expect(JSON.stringify(stored)).not.toContain("dear");
  await using another = await lookedAt(server.url, bob);
  expect(another.encryption.state.value).toBe("locked");
});

/** Some people with keys, each with a session, and a group of the first of them; the first one has made it. */
async function group(names: string[], members = names.length) {
  const people = await server.people(...names);
  const id = await people[0]!.group("Team", ...people.slice(1, members));
  const made = await Promise.all(people.map((one) => withKeys(server.url, one)));
  const sessions = made.map((one) => one.session);
  const chats = sessions.slice(0, members).map((one) => one.chat(id));
  await Promise.all(chats.map((one) => one.open()));
  return { people, id, sessions, chats, made };
}

async function turnedOn(chat: Conversation, how: Parameters<Conversation["encryption"]["turnOn"]>[1] = {}) {
  await chat.encryption.turnOn(await chat.encryption.preview(), how);
}

const closeAll = (sessions: readonly Session[]) => Promise.all(sessions.map((one) => one.close()));

test("a new member reads the next message while all others are away, and nothing from before", async () => {
  const { people, id, sessions, chats } = await group(["alice", "bob", "carol"], 2);
  await turnedOn(chats[0]!);
  await chats[0]!.send("before");
  await shows(chats[1]!, "before");
  await chats[0]!.encryption.add(people[2]!.id);
  await chats[1]!.send("after");
  await shows(chats[0]!, "before", "after");
  await closeAll(sessions.slice(0, 2));
  const carols = sessions[2]!.chat(id);
  await carols.open();
  await shows(carols, "", "after");
  await sees(() => problemsIn(carols).join() === "it was written when you could not read this chat");
  await closeAll(sessions);
});

test("whoever adds somebody hands them what was written before, where the chat says so", async () => {
  const { people, id, sessions, chats } = await group(["alice", "bob", "carol"], 2);
  await turnedOn(chats[0]!, { history: "shared" });
  await chats[0]!.send("before");
  await shows(chats[1]!, "before");
  await chats[0]!.encryption.add(people[2]!.id);
  await closeAll(sessions.slice(0, 2));
  const carols = sessions[2]!.chat(id);
  await carols.open();
  await shows(carols, "before");
  expect(problemsIn(carols)).toEqual([]);
  await closeAll(sessions);
});

test("whoever is removed cannot read the next message, also with all that the server has", async () => {
  const { people, sessions, chats, id } = await group(["alice", "bob", "carol"]);
  await turnedOn(chats[0]!);
  await chats[0]!.send("for all");
  await shows(chats[2]!, "for all");
  await chats[0]!.encryption.remove(people[2]!.id);
  await chats[1]!.send("for two");
  await shows(chats[0]!, "for all", "for two");
  const { epochs } = (await people[0]!.get(`/api/chats/${id}/encryption/epochs`)).body;
  const { encryption } = sessions[2]!;
  const { eks } = await (await encryption.part()).own();
  const kids = new Set(eks.keys());
  const [, second] = epochs;
  const recipient = JSON.parse(second.recipient);
  expect(kids).not.toContain(recipient.header.kid);
  expect(epochs).toHaveLength(2);
  await closeAll(sessions);
});

/** Two people who have written in an encrypted chat of theirs. */
async function directChat() {
  const { people, sessions } = await group(["alice", "bob"]);
  const direct = await people[0]!.directWith(people[1]!);
  const [her, him] = sessions.map((one) => one.chat(direct));
  await Promise.all([her!.open(), him!.open()]);
  await turnedOn(her!);
  await him!.send("before");
  await shows(her!, "before");
  return { people, sessions, her, him };
}

test("whoever has lost everything is let in again once the other has agreed, and reads from then on", async () => {
  const { people, sessions, her, him } = await directChat();
  await sessions[1]!.encryption.reset({ password });
  await sees(() => sessions[0]!.encryption.problems.value.some((one) => one.kind === "reset"));
  await her!.send("who are you?");
  await sees(() => shownIn(her!).at(-1)?.state === "failed");
  expect(shownIn(her!).at(-1)!.entry!.refusal!.detail).toContain("has new keys");
  await sessions[0]!.encryption.acknowledge(people[1]!.id);
  await her!.send("ah, you");
  await sees(() => shownIn(her!).some((one) => one.state === "failed"));
  const failed = shownIn(her!).find((one) => one.state === "failed")!;
  await her!.remove(failed.key);
  await shows(him!, "before", "ah, you");
  await him!.send("yes");
  await shows(her!, "before", "ah, you", "yes");
  await shows(him!, "before", "ah, you", "yes");
  await closeAll(sessions);
});

test("when both sides of a direct chat have lost everything, it goes on", async () => {
  const { people, sessions, her, him } = await directChat();
  for (const one of sessions) await one.encryption.reset({ password });
  for (const [i, one] of sessions.entries()) {
    await sees(() => one.encryption.problems.value.some((problem) => problem.kind === "reset"));
    await one.encryption.acknowledge(people[1 - i]!.id);
  }
  await her!.send("again");
  await shows(him!, "before", "again");
  await him!.send("and on");
  await shows(her!, "before", "again", "and on");
  await closeAll(sessions);
});

test("two devices of one person write at once, and a later reader finds no gap, also among what was edited and deleted", async () => {
  const { people, id, sessions, chats, made } = await group(["alice", "bob"]);
  await turnedOn(chats[0]!);
  const second = await lookedAt(server.url, people[0]);
  await second.encryption.unlock({ recoveryKey: made[0]!.recoveryKey });
  const other = second.chat(id);
  await other.open();
  const texts = Array.from({ length: 6 }, (_, i) => `${i}`);
  await Promise.all(texts.map((text, i) => (i % 2 === 0 ? chats[0]! : other).send(text)));
  await sees(() => new Set(textsIn(chats[1]!)).size === 6);
  const [first, next] = shownIn(chats[0]!);
  await sees(() => [first, next].every((one) => one !== undefined));
  await chats[0]!.edit(first!.message.id, "edited");
  await other.remove(next!.message.id);
  await sees(
    () => textsIn(chats[1]!).includes("edited") && shownIn(chats[1]!).some((one) => one.message.is_deleted),
  );
  await chats[0]!.send("last");
  await sees(() => textsIn(chats[1]!).includes("last"));
  await using reader = await lookedAt(server.url, people[1]);
  await reader.encryption.unlock({ recoveryKey: made[1]!.recoveryKey });
  const later = reader.chat(id);
  await later.open();
  await shows(later, ...textsIn(chats[1]!));
  expect(problemsIn(later)).toEqual([]);
  expect(shownIn(later)).toHaveLength(7);
  await closeAll([...sessions, second]);
});

test("a device that has not unlocked the keys says so, and shows all once it has", async () => {
  const { people, id, sessions, chats, made } = await group(["alice", "bob"]);
  await turnedOn(chats[0]!);
  await chats[0]!.send("hello");
  await shows(chats[1]!, "hello");
  await using locked = await lookedAt(server.url, people[1]);
  const chat = locked.chat(id);
  await chat.open();
  await chat.send("me, too");
  await sees(() => shownIn(chat).at(-1)?.state === "failed");
  expect(shownIn(chat).at(-1)!.entry!.refusal!.code).toBe("keys_locked");
  expect(shownIn(chat)[0]!.encryption).toEqual({ state: "opening", problems: [] });
  await locked.encryption.unlock({ recoveryKey: made[1]!.recoveryKey });
  await chat.remove(shownIn(chat).at(-1)!.key);
  await shows(chat, "hello");
  await closeAll(sessions);
});

test("what was written without a line is sealed when it is back, for those who can read then", async () => {
  const { people, id, sessions, chats } = await group(["alice", "bob", "carol"]);
  await turnedOn(chats[0]!);
  await chats[0]!.send("one");
  await shows(chats[1]!, "one");
  const store = memoryStore();
  using line = await Line.to(server.url);
  const at = await connect(line.url, { username: people[1]!.username, password }, { store });
  await at.live();
  await at.encryption.unlock({
    recoveryKey: (await sessions[1]!.encryption.newRecoveryKey({ password })).recoveryKey,
  });
  const chat = at.chat(id);
  await chat.open();
  await shows(chat, "one");
  line.cut();
  await chat.send("two");
  await chats[0]!.encryption.remove(people[2]!.id);
  line.mend();
  await shows(chats[0]!, "one", "two");
  const stored = (await people[0]!.history(id)).filter((one: { encrypted: boolean }) => one.encrypted);
  const [first, second] = stored.map((one: { content: string }) =>
    JSON.parse(atob(one.content.split(".")[0]!)),
  );
  expect([first.n, second.n]).toEqual([1, 2]);
  await closeAll([...sessions, at]);
});
