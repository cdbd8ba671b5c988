import { expect, setDefaultTimeout, test } from "bun:test";

import { heard } from "../support/heard.ts";
import { shared } from "../support/shared.ts";
import type { Socket } from "../support/socket.ts";

setDefaultTimeout(20_000);

const server = await shared();

/** What each socket was told since the last time, once everything has arrived. */
function listen(...sockets: Socket[]) {
  const seen = sockets.map((socket) => socket.frames.length);
  return async () => {
    await Promise.all(sockets.map((socket) => socket.settled()));
    return sockets.map((socket, i) => {
      const news = socket.frames.slice(seen[i]);
      seen[i] = socket.frames.length;
      return heard(news);
    });
  };
}

test("both people of a new direct chat are told, each as they see it, and nobody else", async () => {
  const [alice, bob, carol] = await server.people("alice", "bob", "carol");
  const sockets = [await alice.connect(), await alice.connect(), await bob.connect(), await carol.connect()];
  const news = listen(...sockets);
  const chat = await alice.directWith(bob);
  expect(await news()).toEqual([
    [`chat_created ${chat} as member`],
    [`chat_created ${chat} as member`],
    [`chat_created ${chat} as member`],
    [],
  ]);
  const peers = sockets.slice(1, 3).map((one) => one.frames.at(-2)!["chat"].peer.username);
  expect(peers).toEqual([bob.username, alice.username]);
  expect(await bob.directWith(alice)).toBe(chat);
  expect(await news()).toEqual([[], [], [], []]);
  await bob.say(chat, "hi");
  const line = `new_message ${chat}/1 hi`;
  expect(await news()).toEqual([[line], [line], [line], []]);
});

test("a group's life is told to exactly those who are in it at each moment", async () => {
  const [alice, bob, carol] = await server.people("alice", "bob", "carol");
  const news = listen(await alice.connect(), await bob.connect(), await carol.connect());
  const id = await alice.group("club", bob);
  const members = `/api/chats/${id}/members`;
  expect(await news()).toEqual([[`chat_created ${id} as owner`], [`chat_created ${id} as member`], []]);

  const inClub = async (...lines: string[]) => expect(await news()).toEqual([lines, lines, []]);
  await alice.say(id, "hello");
  await inClub(`new_message ${id}/2 hello`);
  await alice.put(`/api/chats/${id}`, { name: "society" });
  await inClub(
    `chat_updated ${id} society`,
    `new_message ${id}/3 ${alice.username} renamed the chat to “society”`,
  );
  await alice.put(`/api/chats/${id}`, { name: "society" });
  await inClub();
  await alice.put(`${members}/${bob.id}`, { role: "admin" });
  await inClub(
    `member_updated ${id} ${bob.username} admin`,
    `new_message ${id}/4 ${alice.username} made ${bob.username} an admin`,
  );

  await bob.post(members, { user_id: carol.id });
  const added = [
    `member_added ${id} ${carol.username} member`,
    `new_message ${id}/5 ${bob.username} added ${carol.username}`,
  ];
  expect(await news()).toEqual([added, added, [`chat_created ${id} as member`]]);
  const mine = await carol.say(id, "helo");
  await carol.put(`/api/messages/${mine.id}`, { content: "hello" });
  await bob.delete(`/api/messages/${mine.id}`);
  const lines = [
    `new_message ${id}/6 helo`,
    `message_updated ${id}/6 hello`,
    `message_deleted ${id} ${mine.id}`,
  ];
  expect(await news()).toEqual([lines, lines, lines]);

  await bob.delete(`${members}/${carol.id}`);
  const removed = [
    `member_removed ${id} ${carol.id}`,
    `new_message ${id}/7 ${bob.username} removed ${carol.username}`,
  ];
  expect(await news()).toEqual([removed, removed, [`chat_removed ${id}`]]);
  await alice.put(`${members}/${bob.id}`, { role: "owner" });
  await inClub(
    `member_updated ${id} ${alice.username} admin`,
    `member_updated ${id} ${bob.username} owner`,
    `new_message ${id}/8 ${alice.username} handed the chat over to ${bob.username}`,
  );
  await alice.delete(`${members}/${alice.id}`);
  const left = [`member_removed ${id} ${alice.id}`, `new_message ${id}/9 ${alice.username} left`];
  expect(await news()).toEqual([[`chat_removed ${id}`], left, []]);
  await bob.delete(`/api/chats/${id}`);
  const closed = [
    `new_message ${id}/10 ${bob.username} closed the chat`,
    `chat_updated ${id} society (closed)`,
  ];
  expect(await news()).toEqual([[], closed, []]);
});

test("what is refused is told to nobody", async () => {
  const [alice, bob, carol] = await server.people("alice", "bob", "carol");
  const id = await alice.group("club", bob);
  const message = await alice.say(id, "mine");
  const news = listen(await alice.connect(), await bob.connect(), await carol.connect());
  await carol.post(`/api/messages/${id}`, { content: "let me in" });
  await bob.put(`/api/chats/${id}`, { name: "mine now" });
  await bob.post(`/api/chats/${id}/members`, { user_id: carol.id });
  await bob.delete(`/api/chats/${id}/members/${alice.id}`);
  await bob.put(`/api/messages/${message.id}`, { content: "not yours" });
  await bob.delete(`/api/messages/${message.id}`);
  await alice.post(`/api/chats/${id}/members`, { user_id: bob.id });
  await alice.post(`/api/messages/${id}`, { content: "" });
  expect(await news()).toEqual([[], [], []]);
  await alice.say(id, "still here");
  expect(await news()).toEqual([[`new_message ${id}/3 still here`], [`new_message ${id}/3 still here`], []]);
});

test("a removed member hears nothing more, on any of their sockets, until they are back", async () => {
  const [alice, bob] = await server.people("alice", "bob", "carol");
  const [club, direct] = [await alice.group("club", bob), await alice.directWith(bob)];
  const bobs = [await bob.connect(), await bob.connect(), await bob.connect()];
  const news = listen(...bobs);
  const everywhere = async (...lines: string[]) => expect(await news()).toEqual(bobs.map(() => lines));
  const bobInClub = `/api/chats/${club}/members/${bob.id}`;
  for (const round of [1, 2, 3]) {
    const before = await alice.say(club, `before ${round}`);
    await alice.delete(bobInClub);
    await alice.say(club, "a secret");
    await alice.put(`/api/messages/${before.id}`, { content: "another secret" });
    await alice.put(`/api/chats/${club}`, { name: `secret ${round}` });
    const between = await alice.say(direct, `meanwhile ${round}`);
    await everywhere(
      `new_message ${club}/${before.seq} before ${round}`,
      `chat_removed ${club}`,
      `new_message ${direct}/${between.seq} meanwhile ${round}`,
    );
    await alice.post(`/api/chats/${club}/members`, { user_id: bob.id });
    const after = await alice.say(club, `after ${round}`);
    await everywhere(`chat_created ${club} as member`, `new_message ${club}/${after.seq} after ${round}`);
  }
});

test("each live event has a cursor of its own, the same for everybody", async () => {
  const [alice, bob] = await server.people("alice", "bob", "carol");
  const id = await alice.group("club", bob);
  const [hers, his] = [await alice.connect(), await bob.connect()];
  for (let i = 0; i < 5; i++) await alice.say(id, `${i}`);
  await hers.settled();
  await his.settled();
  const cursors = (socket: Socket) =>
    socket.frames.filter((one) => one.type === "new_message").map((one) => one["cursor"] as string);
  expect(new Set(cursors(his)).size).toBe(5);
  expect(cursors(hers)).toEqual(cursors(his));
});
