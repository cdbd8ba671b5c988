/** Keys for encryption in a browser, by the library that the server has. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Server } from "bun";

import { password, TestServer } from "../support/server.ts";
import { Page } from "./browser.ts";

let site: Server<undefined>;
let server: TestServer;
let page: Page;

beforeAll(async () => {
  site = Bun.serve({
    hostname: "127.0.0.2",
    port: 0,
    fetch: () =>
      new Response("<!doctype html>", {
        headers: {
          "Content-Type": "text/html",
          "Content-Security-Policy": `script-src 'self' 'wasm-unsafe-eval' ${server.url}`,
        },
      }),
  });
  server = await TestServer.start({ config: { corsOrigins: [site.url.origin] } });
  await server.register("alice");
  page = await Page.open();
  await page.show(site.url.href, "true");
});

afterAll(async () => {
  await page.close();
  await server[Symbol.asyncDispose]();
  await site.stop(true);
});

test("a page loads what makes keys when it needs it, and another device unlocks them by a passphrase", async () => {
  const credentials = JSON.stringify({ username: "alice", password });
  const found = await page.view.evaluate(`(async () => {
    const { connect } = await import("${server.url}/sdk.js");
    const open = async () => {
      const session = await connect("${server.url}", ${credentials});
      await session.live();
      return session;
    };
    const loaded = () => performance.getEntriesByType("resource").filter((one) => one.name.endsWith("/sdk-encryption.js")).length;
    const first = await open();
    await new Promise((resolve) => first.encryption.state.subscribe((state) => state === "none" && resolve()));
    const before = loaded();
    const passphrase = "tea at six, as ever";
    const { recoveryKey } = await first.encryption.setUp({ passphrase });
    const second = await open();
    await second.encryption.unlock({ passphrase });
    const states = [first, second].map((one) => one.encryption.state.value);
    await Promise.all([first.close(), second.close()]);
    return { before, after: loaded(), length: recoveryKey.length, states };
  })()`);
  expect(found).toEqual({ before: 0, after: 1, length: 34, states: ["ready", "ready"] });
});
