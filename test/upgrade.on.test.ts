/** Data that an executable has written, under these sources: people go on in the chats that they had. */
import { afterAll, beforeAll, expect, test } from "bun:test";

import { counts, mentions } from "./support/notified.ts";
import type { Person } from "./support/person.ts";
import { expectRefused } from "./support/refusal.ts";
import type { TestServer } from "./support/server.ts";
import { kept, startUpgraded } from "./support/upgraded.ts";
import { openBeside } from "./support/written.ts";

let server: TestServer;
let people: Record<string, Person>;

beforeAll(async () => {
  ({ server, people } = await startUpgraded());
});
afterAll(() => server[Symbol.asyncDispose]());

const person = (name: string) => people[name]!;

test("who has read a part of a chat has the rest of what others wrote to read", async () => {
  const carol = person("carol");
  const { id } = await chatOf(carol, "Tea party");
  const messages = await carol.history(id);
  const at = messages.findIndex((one) => one.content === "Never mind.");
  const { body } = await carol.post(`/api/messages/${messages[at].id}/read`);
  const isUnread = (one: any) =>
    one.sender_id !== carol.id && one.content_type !== "system" && !one.is_deleted;
  const rest = messages.slice(at + 1);
  expect(rest.filter(isUnread).length).toBeLessThan(rest.length - 2);
  expect(body.unread_count).toBe(rest.filter(isUnread).length);
});

test("what is told anew takes the place of what was told before", async () => {
  const [alice, bob] = [person("alice"), person("bob")];
  await alice.put("/api/auth/me", { full_name: "Alice in Wonderland" });
  for (const name of ["Tea party", "Old plans"]) {
    const { last_message } = await chatOf(bob, name);
    await bob.post(`/api/messages/${last_message.id}/read`);
  }
  await server.settled();
  using db = openBeside(server.dataDir);
  const replacing = "type IN ('chat_read', 'message_status', 'user_updated')";
  const twice = `SELECT * FROM journal WHERE ${replacing} GROUP BY audience, type, ref HAVING count(*) > 1`;
  expect(db.query(twice).all()).toEqual([]);
});

test("what somebody writes reaches the others, who are told of it, read it and have then read everything", async () => {
  const [bob, carol] = [person("bob"), person("carol")];
  const before = await chatOf(carol, "Tea party");
  const counted = await counts(carol);
  const [here, there] = [await bob.connect(), await carol.connect()];
  const written = await here.ask({
    type: "send_message",
    chat_id: before.id,
    content: "@carol good morning",
  });
  const { id, seq } = written["message"];
  expect(seq).toBe(before.last_message.seq + 1);
  expect((await there.next("new_message"))["message"].id).toBe(id);
  expect((await there.next("mention_notification"))["message_id"]).toBe(id);
  expect(await counts(carol)).toEqual(counted.map((one) => one + 1));
  await there.ask({ type: "message_read", chat_id: before.id, message_id: id });
  await server.settled();
  const after = { unread_count: 0, unread_mentions: 0, last_read_message_id: id };
  expect(await chatOf(carol, "Tea party")).toMatchObject(after);
  expect(await mentions(carol)).toEqual([]);
});

test("a file goes into the message that it waited for", async () => {
  const [bob, carol] = [person("bob"), person("carol")];
  const { id } = await chatOf(carol, "Tea party");
  const { media } = await carol.say(id, "At last", { media_ids: [kept.waiting] });
  const { bytes } = await bob.download(media[0].url);
  expect(Buffer.from(bytes).toString()).toBe("For a message that is not written yet.");
});

test("what was sent or edited before, and is repeated, changes nothing", async () => {
  const [alice, bob] = [person("alice"), person("bob")];
  const chat = await alice.directWith(bob);
  const [first, , edited] = await alice.history(chat);
  const again = { content: first.content, client_id: first.client_id };
  const { status, body } = await alice.post(`/api/messages/${chat}`, again);
  expect([status, body.id]).toEqual([200, first.id]);
  await bob.put(`/api/messages/${edited.id}`, { content: "Where is the pot?" });
  const late = await bob.put(`/api/messages/${edited.id}`, { content: edited.content, client_id: "edit" });
  expect(late.body.content).toBe("Where is the pot?");
});

test("who may do what is as it was: closed chats, people who have left, owners", async () => {
  const [alice, carol] = [person("alice"), person("carol")];
  const closed = await chatOf(alice, "Old plans");
  expectRefused(await alice.post(`/api/messages/${closed.id}`, { content: "?" }), 409, "chat_inactive");
  const gone = await carol.directWith(person("erin"));
  expectRefused(await carol.post(`/api/messages/${gone}`, { content: "?" }), 409, "peer_inactive");
  const garden = await chatOf(alice, "Garden");
  expect(garden.my_role).toBe("owner");
  expectRefused(await carol.put(`/api/chats/${garden.id}`, { name: "Mine" }), 403, "forbidden");
  expect((await alice.put(`/api/chats/${garden.id}`, { name: "Rose garden" })).body.name).toBe("Rose garden");
});

async function chatOf(one: Person, name: string): Promise<any> {
  const { chats } = (await one.get("/api/chats?limit=100")).body;
  return chats.find((chat: { name: string }) => chat.name === name);
}
