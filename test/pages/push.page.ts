/** What a browser shows of what the server pushes. Only the way of a push through the browser's push service is missing. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";

import { readUpTo } from "../support/notified.ts";
import { PushScene } from "../support/pushed.ts";
import { Receiver } from "./push/receiver.ts";

/** The one that docs/push.md shows. */
const worker = join(import.meta.dir, "../../docs/examples/push/service-worker.js");

let scene: PushScene;

beforeAll(async () => {
  scene = await PushScene.start();
});

afterAll(() => scene[Symbol.asyncDispose]());

/** Alice and Carol write to Bob, who is away and has a browser. */
async function bobsBrowser() {
  const [alice, bob, carol] = await scene.server.people("alice", "bob", "carol");
  const subscription = await scene.browser(bob);
  const receiver = await Receiver.open(worker);
  /** What the server has pushed last, decrypted with the browser's keys, reaches its service worker. */
  const arrive = async () => {
    await scene.later();
    expect(await receiver.deliver((await subscription.next()).text)).toBe("Success");
  };
  const withAlice = await alice.directWith(bob);
  const withCarol = await carol.directWith(bob);
  return { alice, bob, carol, withAlice, withCarol, receiver, arrive };
}

test("a browser shows the newest of each chat, and closes what was read on another device", async () => {
  const { alice, bob, carol, withAlice, withCarol, receiver, arrive } = await bobsBrowser();
  await using _ = receiver;
  await receiver.hide();
  await alice.say(withAlice, "hello");
  await arrive();
  const first = await receiver.shown();
  expect(first).toEqual([{ title: alice.username, body: "hello", tag: expect.any(String) }]);

  const newest = await alice.say(withAlice, "are you there? 👋");
  await arrive();
  const title = alice.username;
  expect(await receiver.shown()).toEqual([{ title, body: "are you there? 👋", tag: first[0]!.tag }]);

  await carol.say(withCarol, "and I");
  await arrive();
  const both = await receiver.shown();
  expect(both.map((one) => one.body).toSorted()).toEqual(["and I", "are you there? 👋"]);
  expect(new Set(both.map((one) => one.tag)).size).toBe(2);

  await readUpTo(await scene.server.login(bob.username), newest);
  await scene.later(5_000);
  await carol.say(withCarol, "once more");
  await arrive();
  expect(await receiver.shown()).toMatchObject([{ title: carol.username, body: "once more" }]);
  expect(receiver.page.complaints).toEqual([]);
});

test("a browser whose page is looked at shows nothing, and shows again what comes when it is not", async () => {
  const { alice, withAlice, carol, withCarol, receiver, arrive } = await bobsBrowser();
  await using _ = receiver;
  await alice.say(withAlice, "hello");
  await arrive();
  expect(await receiver.shown()).toEqual([]);
  await receiver.hide();
  await alice.say(withAlice, "hello?");
  await arrive();
  const shown = await receiver.shown();
  expect(shown).toMatchObject([{ title: alice.username, body: "hello?" }]);
  await receiver.look();
  await carol.say(withCarol, "and I");
  await arrive();
  expect(await receiver.shown()).toEqual(shown);
});
