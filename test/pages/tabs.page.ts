/** The client library in pages of the server itself: several tabs are one session, whose refresh token no script sees. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { systemClock } from "../../src/core/clock.ts";
import { Line } from "../support/line.ts";
import { TestServer } from "../support/server.ts";
import { plainName } from "./browser.ts";
import { mostAtOnce, Tab } from "./tab.ts";

const twentyMinutes = 20 * 60_000;
/** Ten seconds is what a tab may hold up another; the rest is for a machine that has much to do. */
const patience = 15_000;

/** How much later it is on the server than here. */
let ahead = 0;
let server: TestServer;
let line: Line;

beforeAll(async () => {
  server = await TestServer.start({ clock: { ...systemClock, now: () => Date.now() + ahead } });
  line = await Line.to(server.url);
});

afterAll(async () => {
  line[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

const refreshes = () => server.log.filter((one) => one.includes('"path":"/api/auth/refresh"')).length;
const fine = (person: string) => ({ calls: Array(6).fill("answered"), connection: "live", person });

/** Fails where somebody is held up. */
function soon<T>(promise: Promise<T>): Promise<T> {
  const late = AbortSignal.timeout(patience);
  const { promise: never, reject } = Promise.withResolvers<never>();
  late.onabort = () => reject(new Error("held up"));
  return Promise.race([promise, never]);
}

/** These tabs have lost their sockets, and their access tokens are over; whether they know that or not. */
async function fallAsleep(tabs: readonly Tab[], isKnown: boolean): Promise<void> {
  line.cut();
  for (const tab of tabs) await tab.lost();
  ahead += twentyMinutes;
  if (isKnown) for (const tab of tabs) await tab.run(`ahead += ${twentyMinutes}`);
  line.mend();
}

describe.each([
  ["127.0.0.1", true],
  [plainName, false],
])("on http://%s", (name, isSecure) => {
  let origin: string;
  let first: Tab, second: Tab;
  let alice: string, bob: string;
  let chatId: number;

  beforeAll(async () => {
    origin = line.url.replace("127.0.0.1", name);
    first = await Tab.open(origin);
    second = await Tab.open(origin, first);
    const [her, him] = await server.people("alice", "bob");
    [alice, bob] = [her.username, him.username];
    chatId = await her.directWith(him);
  });

  afterAll(() => first.page.close());

  test("somebody signs in, and goes on after a reload and in another tab, with nothing that a script could take", async () => {
    const surroundings = "isSecureContext, !!navigator.locks, !!crypto.randomUUID";
    expect(await first.run(`return [${surroundings}]`)).toEqual([isSecure, isSecure, isSecure]);
    expect(await first.signIn()).toBe("invalid_refresh_token");
    expect(await first.signIn(alice)).toBe(alice);
    await first.reload();
    expect(await first.signIn()).toBe(alice);
    expect(await second.signIn()).toBe(alice);
    const kept = "document.cookie, ...Object.values(localStorage), ...Object.values(sessionStorage)";
    expect(await first.run(`return [${kept}].filter((one) => one.length > 40)`)).toEqual([]);
    await second.run(`
      await session.chat(${chatId}).send("hello");
      await session.drained();`);
    const said = await first.run(`
      await session.chat(${chatId}).open();
      return session.chat(${chatId}).timeline.value.map(({ message }) => message.content);`);
    expect(said).toEqual(["hello"]);
  });

  test("two tabs whose tokens are over refresh once, however often", async () => {
    const before = refreshes();
    for (let round = 1; round <= 20; round++) {
      await fallAsleep([first, second], round % 2 === 0);
      expect(await Promise.all([first.wake(), second.wake()])).toEqual([fine(alice), fine(alice)]);
      expect([round, refreshes() - before]).toEqual([round, round]);
    }
    expect(mostAtOnce([first, second])).toBe(1);
  }, 60_000);

  test("tokens that another tab has renewed may come late", async () => {
    const tabs = [await Tab.open(origin, first), await Tab.open(origin, first)];
    for (const tab of tabs) {
      await tab.run(`globalThis.BroadcastChannel = class extends BroadcastChannel {
        set onmessage(heard) {
          super.onmessage = (event) => setTimeout(heard, 900, event);
        }
      }`);
      await tab.signIn();
    }
    const before = refreshes();
    ahead += twentyMinutes;
    await Promise.all(tabs.map((one) => one.begin()));
    for (const tab of tabs) expect(await tab.outcome()).toBe("answered");
    expect(refreshes() - before).toBe(1);
    for (const tab of tabs) tab.close();
  });

  test("a tab without IndexedDB goes on all the same", async () => {
    const third = await Tab.open(origin, first);
    await third.run("Object.defineProperty(globalThis, 'indexedDB', { value: undefined });");
    expect(await third.signIn()).toBe(alice);
    ahead += twentyMinutes;
    await third.begin();
    expect(await third.outcome()).toBe("answered");
    third.close();
  });

  test("an answer that takes five seconds is waited for by both", async () => {
    const before = refreshes();
    await fallAsleep([first, second], true);
    const held = await Promise.all([first.holdAnswers(), second.holdAnswers()]);
    const woken = Promise.all([first.wake(), second.wake()]);
    await Promise.race(held.map((one) => one.isHeld));
    await Bun.sleep(5000);
    await Promise.all([first.letAnswersCome(), second.letAnswersCome()]);
    expect(await soon(woken)).toEqual([fine(alice), fine(alice)]);
    expect(refreshes() - before).toBe(1);
  });

  test("a tab that is closed while it refreshes holds nobody up", async () => {
    const third = await Tab.open(origin, first);
    await third.signIn();
    await fallAsleep([first, third], false);
    const { isHeld } = await third.holdAnswers();
    await third.begin();
    await isHeld;
    third.close();
    expect(await soon(first.wake())).toEqual(fine(alice));
  });

  test("nor does one whose clock was wrong", async () => {
    const third = await Tab.open(origin, first);
    await third.run("const { now } = Date; Date.now = () => now() + 3_600_000;");
    await third.signIn();
    await fallAsleep([first, third], false);
    const { isHeld } = await third.holdAnswers();
    await third.begin();
    await isHeld;
    third.close();
    expect(await soon(first.wake())).toEqual(fine(alice));
  });

  test("a tab that is frozen while it refreshes holds nobody up, and goes on when it is looked at again", async () => {
    const third = await Tab.open(origin, first);
    await third.signIn();
    const before = refreshes();
    await fallAsleep([first, second, third], false);
    const { isHeld } = await third.holdAnswers();
    await third.begin();
    await isHeld;
    await third.freeze("frozen");
    expect(await soon(Promise.all([first.wake(), second.wake()]))).toEqual([fine(alice), fine(alice)]);
    expect(refreshes() - before).toBe(2);
    ahead += twentyMinutes;
    expect(await first.wake()).toEqual(fine(alice));
    // What it was answered is over by now, and it takes what the others have.
    await third.freeze("active");
    await third.letAnswersCome();
    expect(await third.outcome()).toBe("answered");
    expect(await third.wake()).toEqual(fine(alice));
    expect(refreshes() - before).toBe(3);
    third.close();
  });

  test("a tab in which somebody else signs in stops the other", async () => {
    expect(await second.signIn(bob)).toBe(bob);
    ahead += twentyMinutes;
    const { calls, connection, person } = await first.wake();
    expect(calls).toEqual(Array(6).fill("other_person"));
    expect([connection, person]).toEqual(["ended", alice]);
    expect(await second.wake()).toEqual(fine(bob));
  });
});
