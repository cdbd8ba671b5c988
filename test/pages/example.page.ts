/** docs/examples/page.html, as somebody uses it, from an address that is in CORS_ORIGINS. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { readUpTo } from "../support/notified.ts";
import { Line } from "../support/line.ts";
import type { Person } from "../support/person.ts";
import { password, TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { Page } from "./browser.ts";

const file = readFileSync(join(import.meta.dir, "../../docs/examples/page.html"), "utf8");

let server: TestServer;
/** Between the page and the server. */
let line: Line;
let allowed: Bun.Server<undefined>, other: Bun.Server<undefined>;
let page: Page;
let alice: Person, bob: Person, carol: Person;
let chatId: number;

beforeAll(async () => {
  allowed = serveOn("127.0.0.2");
  other = serveOn("127.0.0.3");
  server = await TestServer.start({ config: { corsOrigins: [allowed.url.origin] } });
  line = await Line.to(server.url);
  [alice, bob, carol] = await server.people("alice", "bob", "carol");
  const earlier = await alice.directWith(carol);
  for (let i = 1; i <= 70; i++) await carol.say(earlier, `number ${i}.`);
  chatId = await alice.directWith(bob);
  page = await Page.open();
});

afterAll(async () => {
  await page.close();
  line[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
  await Promise.all([allowed.stop(true), other.stop(true)]);
});

function serveOn(hostname: string): Bun.Server<undefined> {
  const headers = { "Content-Type": "text/html" };
  const text = () => file.replace("http://127.0.0.1:8000", line.url);
  return Bun.serve({ hostname, port: 0, fetch: () => new Response(text(), { headers }) });
}

async function type(selector: string, text: string): Promise<void> {
  await page.click(selector);
  await page.view.type(text);
}

async function say(text: string): Promise<void> {
  await type("#write input", text);
  await page.view.press("Enter");
}

/** Waits until the timeline has this text. */
const shows = (text: string) =>
  page.until(`document.getElementById("timeline").textContent.includes(${JSON.stringify(text)})`);
const isShown = (selector: string, text: string) =>
  page.until(`document.querySelector(${JSON.stringify(selector)})?.textContent === ${JSON.stringify(text)}`);

test("whoever signs in with a wrong password is told so, and with the right one sees their chats", async () => {
  await page.show(allowed.url.href, "!document.querySelector('#sign-in').hidden");
  await page.picture("example-sign-in");
  await type("#sign-in [name=username]", alice.username);
  await type("#sign-in [name=password]", "not this one");
  await page.click("#sign-in button");
  await page.until(`/password/.test(document.querySelector("#sign-in output").textContent)`);
  await page.view.evaluate(`document.querySelector("#sign-in [name=password]").value = ""`);
  await type("#sign-in [name=password]", password);
  await page.click("#sign-in button");
  await isShown("#me", alice.username);
  await isShown("#chats span", bob.username);
});

test("what people say is shown as they wrote it, and how far it has come", async () => {
  await page.click("#chats button");
  await say("<b>hello</b> & co");
  await shows("<b>hello</b> & co");
  await shows("sent");
  await bob.say(chatId, "<img src=x onerror=alert(1)>");
  await shows("<img src=x onerror=alert(1)>");
  expect(await page.text("#timeline :is(b, img)")).toEqual([]);
  await readUpTo(bob, (await bob.history(chatId))[0]);
  await shows("read");
});

test("what is not sent yet is said, and goes out by itself when the line is back", async () => {
  line.cut();
  await isShown("#connection", "offline");
  await say("are you there?");
  await shows("are you there?");
  await isShown("#unsent", "1 not sent yet");
  await page.picture("example-unsent");
  line.mend();
  await isShown("#unsent", "");
  expect((await bob.history(chatId)).map((one) => one.content)).toContain("are you there?");
});

test("what is refused says why, and can be dropped", async () => {
  await page.view.evaluate(`document.querySelector("#write input").value = "x".repeat(16_385)`);
  await page.click("#write button");
  await page.until(`!!document.querySelector("#timeline .problem")`);
  const buttons = `[...document.querySelectorAll("#timeline article button")]`;
  expect(await page.text("#timeline article button")).toEqual(["Send again", "Drop"]);
  await page.view.evaluate(`${buttons}[1].click()`);
  await page.until(`${buttons}.length === 0`);
});

test("messages of an earlier time come when they are asked for", async () => {
  await page.click("#chats button:last-child");
  await shows("number 21.");
  await page.click("#timeline > button");
  await shows("number 1.");
  expect(await page.text("#timeline > button")).toEqual([]);
  // What was there before is still on the screen.
  await page.view.evaluate(`new Promise((resolve) => {
    const row = [...document.querySelectorAll("article")].find((one) => one.textContent.includes("number 21."));
    const look = () => (row.getBoundingClientRect().bottom < innerHeight ? resolve() : requestAnimationFrame(look));
    look();
  })`);
  await page.picture("example-history");
});

test("only what is in front of somebody is read, and a chat that is hidden is left", async () => {
  const told: string[] = [];
  page.view.addEventListener("Network.webSocketFrameSent", (event) => {
    const { type } = JSON.parse((event as MessageEvent).data.response.payloadData);
    if (type.endsWith("_chat")) told.push(type);
  });
  const marker = async () => (await alice.get(`/api/chats/${chatId}`)).body.last_read_message_id;
  await page.click("#chats button");
  const { id: seen } = await bob.say(chatId, "seen");
  await until(async () => (await marker()) === seen);
  const title = await page.view.evaluate("document.title");

  const { targetId } = await page.view.cdp<{ targetId: string }>("Target.createTarget", {
    url: "about:blank",
  });
  await page.view.evaluate(`new Promise((resolve) => {
    const look = () => document.visibilityState === "hidden" && resolve();
    document.addEventListener("visibilitychange", look);
    look();
  })`);
  const { id: unseen } = await bob.say(chatId, "unseen");
  await shows("unseen");
  expect(await page.view.evaluate("document.title")).not.toBe(title);
  // Longer than one has to look at something, where timers come once a second.
  await Bun.sleep(2500);
  expect(await marker()).toBe(seen);
  expect(told.at(-1)).toBe("leave_chat");

  await page.view.cdp("Target.closeTarget", { targetId });
  await page.view.cdp("Page.bringToFront");
  await until(async () => (await marker()) === unseen);
  await page.until(`document.title === ${JSON.stringify(title)}`);
});

test("the browser had nothing to complain about but what was refused and the broken line", () => {
  const others = page.complaints.filter(
    (one) => !/status of 4|ERR_(CONNECTION|SOCKET|EMPTY_RESPONSE)/.test(one),
  );
  expect(others).toEqual([]);
});

test("a page of an address that is not in CORS_ORIGINS cannot use the server", async () => {
  const tab = await page.openTab();
  await tab.show(other.url.href, `document.body.innerText.includes("in CORS_ORIGINS.")`);
  expect(tab.complaints.join()).toContain("CORS policy");
  tab.closeTab();
});
