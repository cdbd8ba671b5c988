/** Whom `parley chat` takes a name to mean: nobody can have what is meant for another. */
import { expect, setDefaultTimeout, test } from "bun:test";

import { Line } from "../support/line.ts";
import { shared } from "../support/shared.ts";
import { Desk } from "../support/terminal-client.ts";

setDefaultTimeout(30_000);

const server = await shared();

test("a group called like a person who has no chat yet gets nothing that is meant for them", async () => {
  const [alice, mallory, dave, bob] = await server.people("alice", "mallory", "dave", "bob");
  const withBob = await alice.directWith(bob);
  const groups = [
    await mallory.group(`@${dave.username}`, alice),
    await mallory.group(dave.username, alice),
    await mallory.group(`id:${withBob}`, alice),
  ];
  await using desk = await Desk.of(alice);
  await desk.run(["list"]);
  for (const args of [
    ["send", dave.username, "secret"],
    ["open", dave.username],
    ["export", dave.username],
  ]) {
    expect(await desk.run(args, "secret\n")).toEqual({
      code: 2,
      out: "",
      errors: [
        `${dave.username} may be several chats. Say one of`,
        `  @${dave.username}  the person ${dave.username}`,
        `  id:${groups[1]}  the group ${dave.username} (2 members)`,
        "",
      ].join("\n"),
    });
  }
  expect(await desk.run(["send", `@${dave.username}`, "for dave"])).toMatchObject({ code: 0 });
  expect(await desk.run(["send", `id:${groups[1]}`, "for the group"])).toMatchObject({ code: 0 });
  expect(await desk.run(["send", `id:${withBob}`, "for bob"])).toMatchObject({ code: 0 });
  expect(await desk.run(["send", "id:999999", "for nobody"])).toMatchObject({ code: 1 });
  const said = async (chat: number) => (await alice.history(chat)).slice(1).map((one) => one.content);
  expect(await Promise.all(groups.map(said))).toEqual([[], ["for the group"], []]);
  const [direct] = await dave.history(await dave.directWith(alice));
  expect(direct.content).toBe("for dave");
  expect((await bob.history(withBob)).map((one) => one.content)).toEqual(["for bob"]);
});

test("two chats of one name are told apart", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const group = await alice.group(bob.username, bob);
  const direct = await alice.directWith(bob);
  await alice.say(direct, "hello");
  await using desk = await Desk.of(alice);
  await desk.run(["list"]);
  const { code, errors } = await desk.run(["send", bob.username, "to whom?"]);
  expect(code).toBe(2);
  expect(errors).toContain(`id:${group}  the group ${bob.username} (2 members)\n`);
  expect(errors).toContain(`@${bob.username}  the person ${bob.username}\n`);
  for (const name of [`@${bob.username}`, `id:${direct}`]) {
    expect(await desk.run(["send", name, "to bob"])).toMatchObject({ code: 0 });
  }
  expect(await desk.run(["send", `id:${group}`, "to all"])).toMatchObject({ code: 0 });
  expect((await bob.history(group)).at(-1).content).toBe("to all");
  expect((await bob.history(direct)).map((one) => one.content)).toEqual(["hello", "to bob", "to bob"]);
});

test("a name means what it means on the server now, and what it meant last where there is no connection", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  using line = await Line.to(server.url);
  await using desk = await Desk.of(alice, line.url);
  const old = await bob.group("ops", alice);
  await desk.run(["list"]);
  await bob.put(`/api/chats/${old}`, { name: "ops 2025" });
  const now = await bob.group("ops", alice);
  expect(await desk.run(["send", "ops", "for the new"])).toMatchObject({ code: 0 });
  line.cut();
  expect(await desk.run(["send", "--timeout", "1", "ops", "later"])).toEqual({
    code: 3,
    out: "",
    errors: [
      "No connection: this is how it was last.",
      "Not sent yet. It is kept, and sent the next time there is a connection.",
      "The server did not answer within 1 seconds.",
      "",
    ].join("\n"),
  });
  const exported = await desk.run(["export", "ops", "--timeout", "1"]);
  expect(exported).toEqual({ code: 3, out: "", errors: "The server did not answer within 1 seconds.\n" });
  line.mend();
  expect(await desk.run(["send", "ops", "at last"])).toMatchObject({ code: 0 });
  const said = async (chat: number) => (await bob.history(chat)).map((one) => one.content);
  expect((await said(now)).slice(1)).toEqual(["for the new", "later", "at last"]);
  expect(await said(old)).not.toContain("for the new");
});

test("who has no chat with alice cannot be written to without a connection, and nothing claims to be kept", async () => {
  const [alice, carol] = await server.people("alice", "carol");
  using line = await Line.to(server.url);
  await using desk = await Desk.of(alice, line.url);
  line.cut();
  const { code, errors } = await desk.run(["send", "--timeout", "1", carol.username, "hello"]);
  expect([code, errors]).toEqual([
    1,
    `No connection: this is how it was last.\nNo connection, and no chat ${carol.username} here yet. Nothing was sent, and nothing is kept.\n`,
  ]);
});
