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

test("/docs shows every call, and lets it be tried", async () => {
  const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as Documents["openapi"];
  const calls = Object.values(paths).flatMap((one) => Object.values(one));
  await page.show(`${server.url}/docs`, `document.querySelectorAll(".opblock").length === ${calls.length}`);
  const summaries = await page.text(".opblock-summary-description");
  expect(summaries.sort()).toEqual(calls.map((one) => one.summary).sort());
  await page.picture("docs");

  const health = "#operations-system-getHealth";
  await page.click(`${health} .opblock-summary-control`);
  await page.click(`${health} .try-out__btn`);
  await page.click(`${health} .execute`);
  await page.until(`document.querySelector("${health} .live-responses-table .response")`);
  const [answer] = await page.text(`${health} .live-responses-table .response`);
  expect(answer).toContain('"status": "ok"');
  await page.picture("docs-tried");
});

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
  expect(await page.text("details[open] pre")).toEqual([expect.stringContaining('"chat_id"')]);
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
  openapi: { paths: Record<string, Record<string, { summary: string }>> };
  asyncapi: { channels: { socket: { messages: Record<string, unknown> } } };
}
