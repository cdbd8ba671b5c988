import { expect, setDefaultTimeout, test } from "bun:test";

import { crowdInto } from "../support/crowd.ts";
import type { Person } from "../support/person.ts";
import { RawSocket } from "../support/raw-socket.ts";
import { TestServer } from "../support/server.ts";
import { Written } from "../support/written.ts";

setDefaultTimeout(30_000);

/** A group of so many members, two of whom talk; both have written and read before. */
async function groupOf(server: TestServer, members: number) {
  const alice = await server.register(`alice${members}`);
  const bob = await server.register(`bob${members}`);
  const chat = await alice.group(`Group of ${members}`, bob);
  await alice.say(chat, "first");
  crowdInto(server.dataDir, chat, members - 2);
  expect((await alice.get(`/api/chats/${chat}`)).body.member_count).toBe(members);
  expect((await bob.post(`/api/messages/${(await alice.say(chat, "second")).id}/read`)).status).toBe(200);
  return { alice, bob, chat };
}

/** Their notifications are read, so that reading the messages marks none. */
async function readNotifications(server: TestServer, person: Person): Promise<void> {
  await server.settled();
  expect((await person.post("/api/notifications/read-all")).status).toBe(204);
}

/** How many rows of which kind: `{"members update": 1}`. */
function tally(rows: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of rows) counts[row] = (counts[row] ?? 0) + 1;
  return counts;
}

/** What happens after everybody was told: the others' notifications, and how far that has come. */
const isLater = (row: string) => /^(notifications|journal_state) /.test(row);

test("receipts write as many rows in a chat of 200 as in one of 10, messages also in one of 1,000", async () => {
  await using server = await TestServer.start();
  const groups = [await groupOf(server, 10), await groupOf(server, 200), await groupOf(server, 1000)];
  using written = new Written(server.dataDir);
  const take = async () => {
    await server.settled();
    return written.take().filter((row) => !isLater(row));
  };
  const costs = [];
  for (const { alice, bob, chat } of groups) {
    await server.app.settled();
    written.take();
    const message = await alice.say(chat, "third");
    await server.app.settled();
    const all = written.take();
    // The journal is written last: what comes before it is what an acknowledgement waits for.
    const awaited = all.slice(0, all.indexOf("journal insert") + 1);
    const said = { awaited, all: all.filter((row) => !isLater(row)) };

    await readNotifications(server, bob);
    await take();
    const receipt = await bob.post(`/api/messages/${message.id}/delivered`);
    expect(receipt.body).toMatchObject({ last_delivered_message_id: message.id, unread_count: 1 });
    const delivered = await take();
    expect((await bob.post(`/api/messages/${message.id}/read`)).body.unread_count).toBe(0);
    const read = await take();
    await bob.post(`/api/messages/${message.id}/read`);
    costs.push({ said, delivered, read, again: await take() });
  }
  const [small, medium, large] = costs as [(typeof costs)[0], (typeof costs)[0], (typeof costs)[0]];
  console.log("row writes in a chat of 1,000 members:");
  console.log("  a message, before it is acknowledged:", tally(large.said.awaited));
  console.log("  a read receipt:", tally(large.read));
  for (const one of [medium, large]) {
    expect(one.said.awaited.toSorted()).toEqual(small.said.awaited.toSorted());
    expect(tally(one.said.all)).toEqual(tally(small.said.all));
  }
  expect(tally(large.said.awaited)["messages insert"]).toBe(1);
  expect(tally(medium.delivered)).toEqual(tally(small.delivered));
  expect(tally(medium.read)).toEqual(tally(small.read));
  // One's own devices are told, and the chat.
  const once = { "members update": 1, "journal insert": 1, "journal delete": 1 };
  expect(tally(small.read)).toEqual({ ...once, "journal insert": 2, "journal delete": 2, "chats update": 2 });
  // In a large chat only those who look are told, and nothing of that is written.
  expect(tally(large.delivered)).toEqual({ "members update": 1 });
  expect(tally(large.read)).toEqual(once);
  // Who is there already costs nothing more.
  expect([large.again, medium.again, small.again]).toEqual([[], [], []]);
});

test("forty marks at once are written once", async () => {
  await using server = await TestServer.start();
  const { alice, bob, chat } = await groupOf(server, 10);
  const said: any[] = [];
  for (let i = 0; i < 40; i++) said.push(await alice.say(chat, `message ${i}`));
  const socket = await RawSocket.of(bob);
  await readNotifications(server, bob);
  using written = new Written(server.dataDir);
  const marks = said.map(({ id }) => ({
    type: "message_read",
    chat_id: chat,
    message_id: id,
    request_id: "r",
  }));
  socket.sendTogether(marks);
  await socket.until(() => socket.frames.filter((one) => one.type === "ack").length === 40);
  await server.settled();
  // That he came online is written beside it.
  const rows = written.take().filter((row) => !isLater(row) && !/^(online|alive) /.test(row));
  const told = { "journal insert": 2, "journal delete": 2, "chats update": 2 };
  expect(tally(rows)).toEqual({ "members update": 1, ...told });
});
