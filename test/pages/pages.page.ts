/** The pages about the two documents, as a person sees them in a browser: `bun run test:pages`. */
import { afterAll, beforeAll, expect, test } from "bun:test";

import { Home, type Running } from "../support/executable.ts";
import { Page } from "./browser.ts";

const home = new Home();
let server: Running;
let page: Page;

beforeAll(async () => {
  server = await home.start();
  page = await Page.open();
});

afterAll(() => home[Symbol.asyncDispose]());

test("/docs shows every call", async () => {
  const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as Documents["openapi"];
  const calls = Object.values(paths).flatMap((one) => Object.values(one));
  await page.show(`${server.url}/docs`, `document.querySelectorAll(".opblock").length === ${calls.length}`);
  const summaries = await page.text(".opblock-summary-description");
  expect(summaries.sort()).toEqual(calls.map((one) => one.summary).sort());
  await page.picture("docs");
});

/** Opens a call in /docs and sends it as it stands there; answers the status, and the body as it is shown. */
async function tryOut(tag: string, name: string, before = async () => {}): Promise<[string, string]> {
  const call = `#operations-${tag}-${name}`;
  await page.press(`${call} .opblock-summary-control`);
  await page.press(`${call} .try-out__btn`);
  await before();
  await page.press(`${call} .execute`);
  const answer = `${call} .live-responses-table .response`;
  await page.until(`document.querySelector("${answer}")`);
  const [status] = await page.text(`${answer} .response-col_status`);
  const [body = ""] = await page.text(`${answer} .response-col_description`);
  return [status!.slice(0, 3), body];
}

test("calls work as they stand in /docs: whoever registers there is signed in, talks and sees a picture", async () => {
  const shown = `document.querySelectorAll(".opblock").length > 40`;
  await page.show(`${server.url}/docs`, shown);
  const [status, body] = await tryOut("system", "getHealth");
  expect([status, body]).toEqual(["200", expect.stringContaining('"status": "ok"')]);
  await page.picture("docs-tried");

  expect(await tryOut("auth", "register")).toEqual(["201", expect.stringContaining('"username": "alice"')]);
  // Whom she talks to.
  const { components } = (await (await fetch(`${server.url}/openapi.json`)).json()) as Documents["openapi"];
  const [, bob] = components.schemas["Register"]!.examples;
  const headers = { "Content-Type": "application/json" };
  const registered = await fetch(`${server.url}/api/auth/register`, {
    method: "POST",
    headers,
    body: JSON.stringify(bob),
  });
  expect(registered.status).toBe(201);
  const calls: [tag: string, name: string, status: string, shows: string][] = [
    ["auth", "getMe", "200", "alice@example.org"],
    ["auth", "updateMe", "200", "Alice Liddell"],
    ["users", "searchUsers", "200", '"users": ['],
    ["users", "getUser", "200", '"username": "alice"'],
    ["chats", "openDirectChat", "201", '"chat_type": "direct"'],
    ["chats", "createGroup", "201", "Tea party"],
    ["messages", "sendMessage", "201", "Hello Bob"],
    ["messages", "listMessages", "200", "Hello Bob"],
    ["messages", "searchMessages", "200", '"snippet": "Hello Bob"'],
  ];
  for (const [tag, name, expected, shows] of calls) {
    expect([name, ...(await tryOut(tag, name))]).toEqual([name, expected, expect.stringContaining(shows)]);
  }

  const upload = "#operations-media-uploadMedia";
  const choose = () => page.choose(`${upload} input[type=file]`, "test/fixtures/media/photo.jpg");
  expect(await tryOut("media", "uploadMedia", choose)).toEqual(["201", expect.stringContaining("photo.jpg")]);
  expect((await tryOut("media", "getMedia"))[0]).toBe("200");
  const image = `document.querySelector("#operations-media-getMedia .live-responses-table img")`;
  await page.until(image);
  expect(await page.view.evaluate(`${image}.decode().then(() => ${image}.naturalWidth)`)).toBeGreaterThan(
    100,
  );
  await page.picture("docs-image");
}, 300_000);

test("/redoc shows every call, and finds one", async () => {
  const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as Documents["openapi"];
  const summaries = Object.values(paths).flatMap((one) => Object.values(one).map(({ summary }) => summary));
  const shown = `[...document.querySelectorAll("h2")].map((one) => one.textContent.trim())`;
  await page.show(
    `${server.url}/redoc`,
    `${JSON.stringify(summaries)}.every((one) => ${shown}.includes(one))`,
  );
  await page.picture("redoc");

  await page.click(".search-input");
  await page.view.type("ticket");
  await page.until(`document.querySelector("[data-role='search:results']")`);
  const [found] = await page.text("[data-role='search:results']");
  expect(found).toContain("A ticket that opens one WebSocket within 30 seconds");
  await page.picture("redoc-found");
});

test("/asyncapi shows every frame with its fields", async () => {
  const { channels } = (await (await fetch(`${server.url}/asyncapi.json`)).json()) as Documents["asyncapi"];
  await page.show(`${server.url}/asyncapi`, `document.readyState === "complete"`);
  const ids = (await page.view.evaluate(
    "[...document.querySelectorAll('details')].map((one) => one.id)",
  )) as string[];
  expect(ids).toEqual(expect.arrayContaining(Object.keys(channels.socket.messages)));
  expect(new Set(ids).size).toBe(ids.length);
  await page.click("#send_message summary");
  expect(await page.text("details[open] pre")).toEqual([
    expect.stringContaining('"content": "Hello Bob"'),
    expect.stringContaining('"properties"'),
  ]);
  await page.picture("asyncapi");
});

// Last: what the pages above asked for.

test("the browser had nothing to complain about", () => {
  expect(page.requests.length).toBeGreaterThan(8);
  expect(page.complaints).toEqual([]);
});

test("a page that breaks its policy is complained about", async () => {
  await page.show(`${server.url}/asyncapi`, `document.readyState === "complete"`);
  const before = page.complaints.length;
  await page.view.evaluate(
    `new Promise((resolve) => {
      document.addEventListener("securitypolicyviolation", () => resolve(true));
      document.body.append(Object.assign(document.createElement("img"), { src: "http://outside.invalid/a.png" }));
    })`,
  );
  expect(page.complaints.slice(before).join()).toContain("Content Security Policy");
});

test("nothing that the pages asked for left this machine", async () => {
  // A page without a policy asks for something outside, to see that it would be noticed.
  await page.show(`${server.url}/health`, "true");
  await page.view.evaluate(`fetch("http://outside.invalid/").catch(() => {})`);
  const asked = (await page.close()).filter((one) => one.by === server.url).map((one) => one.url);
  expect(asked).toContain(`${server.url}/openapi.json`);
  expect(asked.filter((one) => !one.startsWith(`${server.url}/`))).toEqual(["http://outside.invalid/"]);
});

interface Documents {
  openapi: {
    paths: Record<string, Record<string, { summary: string }>>;
    components: { schemas: Record<string, { examples: unknown[] }> };
  };
  asyncapi: { channels: { socket: { messages: Record<string, unknown> } } };
}
