import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { TestServer } from "../support/server.ts";

/** The files that hold these bytes anywhere. */
function filesWith(dataDir: string, text: string): string[] {
  return readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile() && readFileSync(join(one.parentPath, one.name)).includes(text))
    .map((one) => one.name);
}

test("once the server has stopped, deleted and edited text is nowhere on disk", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chat = await alice.directWith(bob);
  const secret = (what: string) => `${what}-${crypto.randomUUID()}`;
  const texts = { deleted: secret("deleted"), edited: secret("edited"), long: secret("long").repeat(300) };
  const needles = [texts.deleted, texts.edited, texts.long.slice(0, 41)];

  const deleted = await alice.say(chat, texts.deleted);
  const edited = await alice.say(chat, texts.edited);
  const long = await alice.say(chat, texts.long);
  const kept = await alice.say(chat, secret("kept"));
  for (let i = 0; i < 20; i++) await bob.say(chat, `answer ${i}`, { reply_to_id: deleted.id });
  await server.restart();
  for (const needle of needles) expect(filesWith(server.dataDir, needle)).toContain("chat.sqlite");

  const back = server.as(alice.signedIn);
  const brief = await back.say(chat, secret("brief"));
  needles.push(brief.content);
  await back.delete(`/api/messages/${brief.id}`);
  await back.delete(`/api/messages/${deleted.id}`);
  await back.put(`/api/messages/${edited.id}`, { content: "something else" });
  await back.delete(`/api/messages/${long.id}`);
  await server.app.stop();
  for (const needle of needles) expect(filesWith(server.dataDir, needle)).toEqual([]);
  expect(filesWith(server.dataDir, kept.content)).toContain("chat.sqlite");
  for (const needle of needles) expect(server.log.join("\n")).not.toContain(needle);
  await server.open();
  expect((await server.as(alice.signedIn).history(chat))[0]).toMatchObject({ content: "", is_deleted: true });
});
