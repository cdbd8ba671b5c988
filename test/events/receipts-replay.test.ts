import { expect, setDefaultTimeout, test } from "bun:test";

import { read } from "../support/receipts.ts";
import { TestServer } from "../support/server.ts";
import type { Frame } from "../support/socket.ts";

setDefaultTimeout(20_000);

/** Who has read and received up to where, as the events said it. */
const progress = (frames: Frame[]) =>
  frames
    .filter((one) => one.type === "message_status")
    .map((one) => [one["user_id"], one["last_read_message_id"], one["last_delivered_message_id"]]);

test("whoever was away is told once how far everybody is, after however many receipts and a restart", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const carol = await server.register("carol");
  const chat = await alice.group("Team", bob, carol);
  const said: any[] = [];
  for (let i = 0; i < 50; i++) said.push(await alice.say(chat, `message ${i}`));
  const socket = await alice.connect();
  await socket.close();
  for (const message of said) await read(bob, message);
  await read(carol, said[7]);
  const last = said.at(-1).id;
  const expected = [
    [bob.id, last, last],
    [carol.id, said[7].id, said[7].id],
  ];
  /** What a replay says, and the cursor it ends with. */
  const replay = async (since: string) => {
    const back = await server.as(alice.signedIn).connect({ since });
    const { count, to } = await back.next("resumed");
    const told = progress(back.frames);
    expect(count).toBe(told.length);
    await back.close();
    return { told, to };
  };
  expect((await replay(socket.cursor)).told).toEqual(expected);

  await server.restart();
  const { told, to } = await replay(socket.cursor);
  expect(told).toEqual(expected);
  // Receipts after the restart replace those from before it.
  await read(server.as(carol.signedIn), said[9]);
  const hers = [carol.id, said[9].id, said[9].id];
  expect((await replay(socket.cursor)).told).toEqual([expected[0]!, hers]);
  expect((await replay(to)).told).toEqual([hers]);
});

test("a replay tells nothing of the receipts of those who have left", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chat = await alice.group("Team", bob);
  const message = await alice.say(chat, "hello");
  const { cursor } = await alice.connect();
  await read(bob, message);
  await bob.delete(`/api/chats/${chat}/members/${bob.id}`);
  const back = await alice.connect({ since: cursor });
  await back.next("resumed");
  expect(back.frames.some((one) => one.type === "member_removed")).toBe(true);
  expect(progress(back.frames)).toEqual([]);
});
