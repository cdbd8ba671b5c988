/** What docs/curl.md tells to paste works. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

import { version } from "../package.json";
import { Home } from "./support/executable.ts";
import { newcomer, servers } from "./support/newcomer.ts";
import { commandsUnder, root } from "./support/reference.ts";
import { run } from "./support/shell.ts";

setDefaultTimeout(30_000);

const page = await Bun.file(join(root, "docs/curl.md")).text();

test.each(Object.entries(servers))("two people talk and send a picture, with %s", async (_, options) => {
  await using home = new Home();
  const server = await home.start({ ...options, settings: newcomer });
  const [talk] = commandsUnder(page, "A conversation");
  const [files] = commandsUnder(page, "A picture");
  const lines = await run(
    talk!.replace("http://127.0.0.1:8000", server.url) + inDirectory(files!, home.directory),
  );
  const thumbnail = await Bun.file(join(home.directory, "thumbnail.webp")).bytes();
  expect(Buffer.from(thumbnail.subarray(8, 12)).toString()).toBe("WEBP");
  const withPicture = JSON.parse(lines.pop()!);
  expect([withPicture.content, withPicture.media[0].filename]).toEqual(["Look", "photo.jpg"]);

  const history = JSON.parse(lines.pop()!) as { messages: { sender_username: string; content: string }[] };
  const said = history.messages.map((one) => `${one.sender_username}: ${one.content}`);
  expect(said).toEqual(["alice: Hello Bob", "bob: Hello Alice"]);

  const heard = lines.map((line) => JSON.parse(line.replace("Bob hears: ", "")) as Record<string, unknown>);
  expect(heard.map((one) => one["type"])).toEqual(["connected", "new_message", "new_message", "ack"]);
  expect(heard[0]!["server_version"]).toBe(version);
});

/** What it makes goes elsewhere than beside the sources. */
function inDirectory(commands: string, directory: string): string {
  return `\necho\n${commands.replace("-o ", `-o ${directory}/`)}`;
}
