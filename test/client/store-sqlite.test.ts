import { expect, test } from "bun:test";

import { sqliteStore } from "../../src/client/sdk/store/sqlite.ts";
import { opened, sameAsServer, sees } from "../support/client.ts";
import { note } from "../support/files.ts";
import { Line } from "../support/line.ts";
import { shared } from "../support/shared.ts";
import { StoreDirectory } from "../support/store-programs.ts";

const server = await shared();

test("what two programs of one person leave unsent, files too, is sent by the next one, once", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  await using directory = new StoreDirectory();
  using line = await Line.to(server.url);
  const open = async (person?: typeof alice) =>
    opened(line.url, person, {
      store: await sqliteStore(directory.path),
      environment: { random: () => 0 },
    });
  // The second one goes on with the session of the first.
  const both = [await open(alice), await open()];
  await Promise.all(both.map((one) => one.live()));
  line.cut();
  await sees(() => both.every((one) => one.connection.value === "offline"));
  for (const [i, one] of both.entries()) {
    const file = { name: `${i}.txt`, blob: note(`file ${i} of ${alice.username}`) };
    await one.chat(chatId).send(`text ${i}`, { files: [file] });
  }
  await Promise.all(both.map((one) => one.close()));
  line.mend();
  await using next = await open();
  await next.live();
  await next.drained();
  const said = await bob.history(chatId);
  expect(said.map((one) => one.content)).toEqual(["text 0", "text 1"]);
  for (const [i, { media }] of said.entries()) {
    const { bytes } = await bob.download(media[0].url);
    expect(Buffer.from(bytes).toString()).toBe(`file ${i} of ${alice.username}`);
  }
  await sameAsServer(next, alice);
});

test("a session that is closed comes back with all that it has seen, without a line", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  await bob.say(chatId, "Good morning");
  await using directory = new StoreDirectory();
  using line = await Line.to(server.url);
  const before = await opened(line.url, alice, { store: await sqliteStore(directory.path) });
  await before.live();
  await before.chat(chatId).keepDraft({ text: "Good" });
  const chats = before.chats.value;
  await before.close();
  line.cut();
  await using after = await opened(line.url, undefined, { store: await sqliteStore(directory.path) });
  expect(after.chats.value).toEqual(chats);
  expect(after.chat(chatId).draft()).toEqual({ text: "Good" });
});
