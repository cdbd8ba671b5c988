import { expect, setDefaultTimeout, test } from "bun:test";

import { progressTold, read } from "../support/receipts.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(20_000);

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
  await server.settled();
  const last = said.at(-1).id;
  const hers = [alice.id, last, last];
  const expected = [hers, [bob.id, last, last], [carol.id, said[7].id, said[7].id]];
  /** What a replay says, and the cursor it ends with. */
  const replay = async (since: string) => {
    const back = await server.as(alice.signedIn).connect({ since });
    const { count, to } = await back.next("resumed");
    // One frame, with everybody.
    expect(count).toBe(1);
    const told = progressTold(back.frames);
    await back.close();
    return { told, to };
  };
  expect((await replay(socket.cursor)).told).toEqual(expected);

  await server.restart();
  const { told, to } = await replay(socket.cursor);
  expect(told).toEqual(expected);
  // Receipts after the restart replace those from before it.
  await read(server.as(carol.signedIn), said[9]);
  await server.settled();
  const now = [...expected.slice(0, 2), [carol.id, said[9].id, said[9].id]];
  expect((await replay(socket.cursor)).told).toEqual(now);
  expect((await replay(to)).told).toEqual(now);
});

test("a replay tells nothing of the receipts of those who have left", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chat = await alice.group("Team", bob);
  const message = await alice.say(chat, "hello");
  const { cursor } = await alice.connect();
  await read(bob, message);
  await server.settled();
  await bob.delete(`/api/chats/${chat}/members/${bob.id}`);
  const back = await alice.connect({ since: cursor });
  await back.next("resumed");
  expect(back.frames.some((one) => one.type === "member_removed")).toBe(true);
  expect(progressTold(back.frames)).toEqual([[alice.id, message.id, message.id]]);
});
