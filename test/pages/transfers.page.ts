/** Files that the client library sends and fetches in a browser, from a page of another site. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Server } from "bun";

import type { Person } from "../support/person.ts";
import { password, TestServer } from "../support/server.ts";
import { Page } from "./browser.ts";

let site: Server<undefined>;
let server: TestServer;
let page: Page;
let alice: Person;
let chatId: number;

beforeAll(async () => {
  site = Bun.serve({
    hostname: "127.0.0.2",
    port: 0,
    fetch: () => new Response("<!doctype html>", { headers: { "Content-Type": "text/html" } }),
  });
  server = await TestServer.start({ config: { corsOrigins: [site.url.origin] } });
  alice = await server.register("alice");
  chatId = await alice.group("Files");
  page = await Page.open();
  await page.show(site.url.href, "true");
});

afterAll(async () => {
  await page.close();
  await server[Symbol.asyncDispose]();
  await site.stop(true);
});

/** Runs a script that has alice's session, and a text of 40 MB. */
function run(script: string): Promise<any> {
  const credentials = JSON.stringify({ username: "alice", password });
  return page.view.evaluate(`(async () => {
    const { connect } = await import("${server.url}/sdk.js");
    const session = await connect("${server.url}", ${credentials});
    await session.live();
    const chat = session.chat(${chatId});
    await chat.open();
    const text = "line of text\\n".repeat(3_000_000);
    ${script}
  })()`);
}

test("a page sends a file, sees how far it is, and fetches it again", async () => {
  const found = await run(`
    const seen = new Set();
    chat.timeline.subscribe((items) => {
      for (const { progress } of items) if (progress !== undefined) seen.add(progress);
    });
    await chat.send("", { files: [{ name: 'a "long" one.txt', blob: new Blob([text], { type: "text/plain" }) }] });
    await session.drained();
    const { message } = chat.timeline.value.at(-1);
    const got = await new Response(session.download(message.media[0])).text();
    await session.close();
    return { isSame: got === text, name: message.media[0].original_filename, seen: [...seen] };`);
  expect(found).toMatchObject({ isSame: true, name: 'a "long" one.txt' });
  expect(found.seen.length).toBeGreaterThan(1);
  expect(found.seen).toEqual(found.seen.toSorted((a: number, b: number) => a - b));
  expect(found.seen.at(-1)).toBe(1);
});

test("a refusal is heard, and a cancelled upload leaves no message", async () => {
  const found = await run(`
    const program = new Blob([new Uint8Array([0x7f, 0x45, 0x4c, 0x46]), new Uint8Array(3_000_000)]);
    const refused = await chat.send("", { files: [{ name: "run", blob: program }] });
    await session.drained();
    const { refusal } = session.outbox.value.find((one) => one.key === refused);
    await session.drop(refused);
    const stopped = await chat.send("", { files: [{ name: "big", blob: new Blob([text + "!"]) }] });
    await new Promise((resolve) => {
      chat.timeline.subscribe((items) => {
        if (items.some(({ key, progress }) => key === stopped && progress > 0)) resolve();
      });
    });
    await session.drop(stopped);
    await session.drained();
    const left = [session.outbox.value.length, chat.timeline.value.filter(({ message }) => message?.content_type !== "system").length];
    await session.close();
    return { code: refusal.code, left };`);
  expect(found.code).toBe("type_not_allowed");
  expect(found.left).toEqual([0, 1]);
  const uploads = await server.logged(/"method":"POST","path":"\/api\/media\/upload/, 3);
  expect(uploads.map((line) => JSON.parse(line).status)).toEqual([201, 415, 400]);
});
