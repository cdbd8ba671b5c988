/** What the programs of docs/clients.md do, in whatever language. */
import { expect, test } from "bun:test";

import { fixture } from "../fixtures/media/expected.ts";
import { ManualClock } from "./clock.ts";
import { Device } from "./guide.ts";
import { TestServer } from "./server.ts";
import { shared } from "./shared.ts";
import { until } from "./until.ts";

const minute = 60_000;

/** All of them. */
export async function clientWorks(program: readonly string[]): Promise<void> {
  const server = await shared();
  const pair = (server: TestServer) => pairOn(server, program);

  test.concurrent("what is said arrives once and in order, however lines break", async () => {
    const { alice, bob, chat, hers, his } = await pair(server);
    await using _ = hers;
    await using __ = his;
    hers.start();
    his.start();
    hers.type("one");
    await his.prints(/: one$/);
    his.type("two");
    await hers.prints(/: two$/);

    his.line.cut();
    hers.type("three");
    hers.type("four");
    await hers.prints(/: four$/);
    his.line.mend();
    await his.prints(/: four$/);

    // It is stored, but she does not hear of it.
    hers.line.loseAnswers();
    hers.type("five");
    await his.prints(/: five$/);
    hers.line.cut();
    hers.line.mend();
    hers.type("six");
    await his.prints(/: six$/);

    const said = [
      `${alice.username}: one`,
      `${bob.username}: two`,
      ...["three", "four", "five", "six"].map((one) => `${alice.username}: ${one}`),
    ];
    expect(his.said).toEqual(said);
    await hers.prints(/: six$/);
    expect(hers.said).toEqual(said);
    const stored = await alice.history(chat);
    expect(stored.map((one) => `${one.sender_username}: ${one.content}`)).toEqual(said);
  });

  test.concurrent("whoever was killed goes on where they were", async () => {
    const clock = new ManualClock();
    await using server = await TestServer.start({ clock });
    const { alice, chat, his } = await pair(server);
    await using _ = his;
    his.start();
    await alice.say(chat, "before");
    await his.prints(/: before$/);
    await his.kill();
    await alice.say(chat, "meanwhile");
    clock.turn(16 * minute);
    his.start();
    await his.prints(/: meanwhile$/);
    expect(his.said).toEqual([`${alice.username}: before`, `${alice.username}: meanwhile`]);
  });

  test.concurrent(
    "a line that breaks when the access token has expired comes back with a new one",
    async () => {
      const clock = new ManualClock();
      await using server = await TestServer.start({ clock });
      const { alice, chat, his } = await pair(server);
      await using _ = his;
      his.start();
      await alice.say(chat, "before");
      await his.prints(/: before$/);
      clock.turn(16 * minute);
      his.line.cut();
      his.line.mend();
      await (await server.login(alice.username)).say(chat, "afterwards");
      await his.prints(/: afterwards$/);
      expect(his.said).toHaveLength(2);
    },
  );

  test.concurrent("whoever is put into a chat has what was said in it before", async () => {
    const { alice, bob, chat, his } = await pair(server);
    await using _ = his;
    his.start();
    await alice.say(chat, "hello");
    await his.prints(/: hello$/);
    const group = await alice.group("Team");
    await alice.say(group, "old news");
    await alice.post(`/api/chats/${group}/members`, { user_id: bob.id });
    await his.prints(/: old news$/);
  });

  test.concurrent("a file arrives, as others get it", async () => {
    const { bob, chat, hers, his } = await pair(server);
    await using _ = hers;
    await using __ = his;
    hers.start();
    his.start();
    const photo = hers.put('Zoë\'s "best".jpg', fixture("photo.jpg"));
    hers.type(`/file ${photo}`);
    await his.prints(/^Saved /);
    const [message] = await bob.history(chat);
    const [file] = message.media;
    expect(file.original_filename).toBe('Zoë\'s "best".jpg');
    const { bytes } = await bob.download(file.url);
    const saved = his.bytes(`downloads/${file.id}-${file.filename}`);
    expect(Buffer.from(saved).equals(Buffer.from(bytes))).toBe(true);
  });

  test.concurrent("what is refused for good holds nothing up", async () => {
    const { hers, his } = await pair(server);
    await using _ = hers;
    await using __ = his;
    hers.start();
    his.start();
    hers.type("x".repeat(16_385));
    hers.type("/file nowhere.jpg");
    hers.type("short");
    await his.prints(/: short$/);
    expect(hers.printed.filter((line) => line.startsWith("Not sent: "))).toHaveLength(2);
    expect(his.said).toHaveLength(1);
  });
}

/** Those on the bare protocol, which keep their state in a file of their own. */
export async function guideWorks(program: readonly string[]): Promise<void> {
  await clientWorks(program);
  const server = await shared();
  const pair = (server: TestServer) => pairOn(server, program);

  test.concurrent("a message that was not sent yet is sent by the next start", async () => {
    const { alice, chat, hers, his } = await pair(server);
    await using _ = hers;
    await using __ = his;
    hers.start();
    await alice.say(chat, "hello");
    await hers.prints(/: hello$/);
    hers.line.cut();
    hers.type("later");
    await until(() => hers.state.outbox.length === 1);
    await hers.kill();
    hers.line.mend();
    hers.start();
    his.start();
    await his.prints(/: later$/);
  });

  test.concurrent("a new device has the whole history, and so has one that has to reload", async () => {
    const { alice, chat, his } = await pair(server);
    await using _ = his;
    const said: string[] = [];
    for (let i = 1; i <= 120; i++) said.push(`${alice.username}: ${(await alice.say(chat, `${i}`)).content}`);
    his.start();
    await his.prints(/: 120$/);
    expect(his.said).toEqual(said);

    await his.kill();
    his.state = { ...his.state, cursor: "none of this server's" };
    his.start();
    await his.prints(/: 120$/, 2);
    await alice.say(chat, "live");
    await his.prints(/: live$/);
    expect(his.said).toEqual([...said, ...said, `${alice.username}: live`]);
  });

  test.concurrent("whose session was ended does not come back", async () => {
    const { alice, bob, chat, his } = await pair(server);
    await using _ = his;
    his.start();
    await alice.say(chat, "hello");
    await his.prints(/: hello$/);
    const { sessions } = (await bob.get("/api/auth/sessions")).body;
    const other = sessions.find((one: any) => !one.current);
    expect((await bob.delete(`/api/auth/sessions/${other.id}`)).status).toBe(204);
    expect(await his.exited).not.toBe(0);
    expect(his.errors).toContain("closed with 4003");
  });

  test.concurrent("whoever was replaced does not come back", async () => {
    await using server = await TestServer.start({ config: { socketsPerUser: 1 } });
    const { alice, bob, chat, his } = await pair(server);
    await using _ = his;
    his.start();
    await alice.say(chat, "hello");
    await his.prints(/: hello$/);
    await bob.connect();
    expect(await his.exited).not.toBe(0);
    expect(his.errors).toContain("closed with 4009");
  });

  test.concurrent("whoever has asked too much waits as long as they are told", async () => {
    const clock = new ManualClock();
    const config = { rateLimits: "on" as const, requestsPerMinute: 60 };
    await using server = await TestServer.start({ clock, config });
    const [alice, bob] = await server.people("alice", "bob");
    await alice.say(await alice.directWith(bob), "hello");
    await using his = await Device.of(server, program, bob.username, alice.username);
    while ((await bob.get("/api/auth/me")).status !== 429);
    his.start();
    await server.logged(/"path":"\/api\/users\/search.*"status":429/);
    clock.turn(minute);
    await his.prints(/: hello$/);
  });
}

/** Two people with a device each, and their chat. */
async function pairOn(server: TestServer, program: readonly string[]) {
  const [alice, bob] = await server.people("alice", "bob");
  return {
    alice,
    bob,
    chat: await alice.directWith(bob),
    hers: await Device.of(server, program, alice.username, bob.username),
    his: await Device.of(server, program, bob.username, alice.username),
  };
}
