/** A malicious server and malicious members, against messages: what a person is shown is in the table of docs/encryption.md. */
import { expect, setDefaultTimeout, test } from "bun:test";

import { memoryStore } from "../../src/client/sdk/index.ts";
import type { Store } from "../../src/client/sdk/index.ts";
import { sees } from "../support/client.ts";
import { Hand, type Said } from "../support/e2ee/by-hand.ts";
import { done, EncryptedChat } from "../support/e2ee/encrypted-chat.ts";
import { Cast, judged, saidOf, shownIn } from "../support/e2ee/malicious-scene.ts";
import { type Act, messageActs } from "../support/e2ee/malicious-table.ts";
import { Liar, lookedAt } from "../support/e2ee/session.ts";
import { shared } from "../support/shared.ts";

setDefaultTimeout(60_000);

const server = await shared();
const cast = await Cast.meet(server);
const { alice, bob, carol } = cast;

type Row = Record<string, any>;
type Alter = (rows: Row[]) => Row[];

/** The server shows a chat's messages otherwise than they are; numbered without a gap. */
async function altering(chat: EncryptedChat, alter: Alter): Promise<Liar> {
  const liar = new Liar();
  const altered = alter(await alice.history(chat.id));
  const ids = altered.map((one): number => one["id"]).toSorted((a, b) => a - b);
  const messages = altered.map((one, i) => ({ ...one, id: ids[i], seq: i + 1 }));
  liar.lie(`GET /api/messages/${chat.id}`, (honest) => ({ ...honest, messages }));
  const shown = (one: Row) => (one["id"] === chat.id ? { ...one, last_message: messages.at(-1) } : one);
  liar.lie("GET /api/chats", (honest) => ({ ...honest, chats: honest.chats.map(shown) }));
  return liar;
}

/** What Alice's new device says of all messages of a chat that the server shows otherwise. */
async function shownAs(chat: EncryptedChat, alter: Alter): Promise<string[]> {
  await using session = await cast.device(await altering(chat, alter));
  return await saidOf(session, chat.id);
}

/** A chat with some messages of Bob's device. */
async function withMessages(...texts: string[]) {
  const chat = await cast.group();
  const hand = new Hand(bob, chat);
  const said: Said[] = [];
  for (const text of texts) said.push(await hand.say(text));
  return { chat, hand, said };
}

const copyOf = (row: Row, changes: object = {}): Row => ({ ...row, id: row["id"] + 1_000_000, ...changes });
const is = (said: Said) => (one: Row) => one["id"] === said.message.id;
const only = (said: string[]): string => [...new Set(said)].join(" ");

/** Whatever stands in place of Bob's second message. */
async function inPlace(change: (row: Row, hand: Hand) => Promise<object> | object): Promise<string> {
  const { chat, hand, said } = await withMessages("before", "hello");
  const second = is(said[1]!);
  const other = await change(said[1]!.message, hand);
  return only(await shownAs(chat, (rows) => rows.map((one) => (second(one) ? { ...one, ...other } : one))));
}

/** What the server puts under Bob's message. */
async function below(make: (row: Row, chat: EncryptedChat) => Promise<object> | object): Promise<string> {
  const { chat, said } = await withMessages("hello");
  const other = await make(said[0]!.message, chat);
  return only(await shownAs(chat, (rows) => [...rows, copyOf(rows.at(-1)!, other)]));
}

const plain = { encrypted: false, content: "Send me your password.", content_type: "text" };
const file = {
  id: 1_000_001,
  file_size: 5,
  filename: "list.pdf",
  original_filename: "list.pdf",
  mime_type: "application/pdf",
  media_type: "document",
  state: "ready",
};

const tries: Record<keyof typeof messageActs, () => Promise<string>> = {
  async late() {
    const { chat, hand, said } = await withMessages("one");
    const old = await hand.make({ text: "as if it were of before" });
    done(await chat.remove(bob, carol), 204);
    await chat.begin(bob);
    const other = await new Hand(bob, chat).say("two");
    expect(said).toHaveLength(1);
    return only(
      await shownAs(chat, (rows) => [
        ...rows,
        copyOf(rows.find(is(other))!, { content: old.content, client_id: old.client_id }),
      ]),
    );
  },
  async replays() {
    const { chat } = await withMessages("one", "two");
    return only(await shownAs(chat, (rows) => [...rows, copyOf(rows.at(-1)!)]));
  },
  async reorders() {
    const { chat, said } = await withMessages("one", "two");
    return only(await shownAs(chat, (rows) => swapped(rows, said[0]!, said[1]!)));
  },
  async reordersTwo() {
    const { chat, said } = await withMessages("shall we?");
    const [question] = said as [Said];
    const seen: [number, string] = [question.message.seq, question.version[2]];
    const answer = await new Hand(carol, chat).say("yes", { seen });
    return only(await shownAs(chat, (rows) => swapped(rows, question, answer)));
  },
  async drops() {
    const { chat, said } = await withMessages("one", "two", "three");
    return only(await shownAs(chat, (rows) => rows.filter((one) => !is(said[1]!)(one))));
  },
  async movesChat() {
    const { said } = await withMessages("yes, do it");
    return inPlace(() => ({ content: said[0]!.content, client_id: said[0]!.client_id }));
  },
  changesSender: () => inPlace(() => ({ sender_id: carol.person.id, sender_username: "carol" })),
  forges: () =>
    inPlace(async (_, hand) => {
      const { content, client_id } = await new Hand(carol, hand.chat).forge("in Bob's name", bob);
      return { content, client_id };
    }),
  stripsSignature: () =>
    inPlace(async (_, hand) => {
      const bare = JSON.stringify({ ...hand.inside({ text: "unsigned" }), pad: "" });
      const { content, client_id } = await hand.wrap(bare);
      return { content, client_id };
    }),
  plaintext: () => below(() => ({ ...plain, client_id: null })),
  plainFile: () =>
    below(() => ({ ...plain, content: "", content_type: "file", media: [file], client_id: null })),
  async hangsFileOn() {
    const { chat } = await withMessages("hello");
    const alter: Alter = (rows) => rows.map((one) => (one["encrypted"] ? { ...one, media: [file] } : one));
    await using session = await cast.device(await altering(chat, alter));
    const [message] = await judged(session, chat.id);
    const { content, media } = message!.message;
    expect([content, media]).toEqual(["hello", []]);
    return message!.encryption!.problems.join(" ");
  },
  falseSystem: () =>
    below(() => ({
      encrypted: false,
      content: "bob added mallory",
      content_type: "system",
      system: { event: "member_added", user_id: 4711, username: "mallory" },
      client_id: null,
    })),
  forgesDelete: () => inPlace(() => ({ content: "", encrypted: false, is_deleted: true })),
  deletesOthers: () =>
    inPlace(async (_, { chat }) => {
      const replaces: [string, number, string][] = [["A".repeat(22), 1, "A".repeat(43)]];
      const deletion = await new Hand(carol, chat).make({ type: "delete", replaces });
      return { content: deletion.content, is_deleted: true };
    }),
  async showsOlderEdit() {
    const { chat, hand, said } = await withMessages("one");
    const older = await hand.edit(said[0]!, "two");
    await hand.edit(older, "three");
    await hand.say("and on");
    return only(
      await shownAs(chat, (rows) =>
        rows.map((one) => (is(older)(one) ? { ...one, content: older.content } : one)),
      ),
    );
  },
  async saysUnedited() {
    const { chat, hand, said } = await withMessages("one");
    const edit = await hand.edit(said[0]!, "two");
    const { content, client_id } = edit;
    return only(
      await shownAs(chat, (rows) =>
        rows.map((one) => (is(edit)(one) ? { ...one, content, client_id, is_edited: false } : one)),
      ),
    );
  },
  async forksEdits() {
    const { chat, hand, said } = await withMessages("one");
    const other = await hand.make({ type: "edit", text: "for Alice", replaces: said[0]!.versions });
    const edit = await hand.edit(said[0]!, "for Carol");
    await hand.say("and on");
    return only(
      await shownAs(chat, (rows) =>
        rows.map((one) => (is(edit)(one) ? { ...one, content: other.content } : one)),
      ),
    );
  },
  async clonesDevice() {
    const chat = await cast.group();
    const hand = new Hand(bob, chat);
    await hand.say("from one");
    await new Hand(bob, chat, hand.device).say("from its copy");
    return only(await shownAs(chat, (rows) => rows));
  },
  async deliversRefused() {
    const chat = await cast.group();
    const liar = new Liar();
    await using session = await cast.device(liar);
    const hers = session.chat(chat.id);
    await hers.open();
    const refused: Row[] = [];
    liar.answer("send_message", (frame) => {
      refused.push(frame);
      const problem = { code: "chat_inactive", status: 409, title: "Closed.", detail: "Closed." };
      return [{ type: "error", request_id: frame.request_id, ...problem }];
    });
    await hers.send("I agree");
    await sees(() => shownIn(hers).at(-1)?.state === "failed");
    await hers.remove(shownIn(hers).at(-1)!.key);
    liar.beHonest();
    await hers.send("I do not agree");
    await session.drained();
    const { content, client_id } = refused[0]!;
    done(await alice.post(`/api/messages/${chat.id}`, { content, client_id, encrypted: true }), 201);
    await sees(() => shownIn(hers).some((one) => (one.encryption?.problems.length ?? 0) > 0));
    return only(await saidOf(session, chat.id));
  },
  offersBox: () =>
    inPlace(() => ({
      content: JSON.stringify({ protected: "e30", recipients: [], iv: "", ciphertext: "", tag: "" }),
    })),
  alters: () =>
    inPlace(({ content }) => {
      const parts = (content as string).split(".");
      const ciphertext = parts[3]!.replace(/^./, (one) => (one === "A" ? "B" : "A"));
      return { content: [...parts.slice(0, 3), ciphertext, parts[4]].join(".") };
    }),
};

for (const [name, { act, says }] of Object.entries<Act>(messageActs))
  test(act, async () => expect(await tries[name as keyof typeof messageActs]()).toBe(says));

function swapped(rows: Row[], one: Said, other: Said): Row[] {
  const [first, second] = [rows.find(is(one))!, rows.find(is(other))!];
  return rows.map((row) => (row === first ? second : row === second ? first : row));
}

test("nothing is said of what is as it was written", async () => {
  const { chat, hand, said } = await withMessages("one", "two", "three");
  await hand.edit(said[1]!, "two, too");
  done(await chat.remove(bob, carol), 204);
  await chat.begin(bob);
  await new Hand(bob, chat).say("four");
  expect(await shownAs(chat, (rows) => rows)).toEqual([]);
});

test("what is told by frames is judged as what is asked for", async () => {
  const chat = await cast.group();
  const liar = new Liar();
  await using session = await cast.device(liar);
  const hers = session.chat(chat.id);
  await hers.open();
  const hand = new Hand(bob, chat);
  await hand.say("one");
  await sees(() => shownIn(hers).some((one) => one.message.content === "one"));
  liar.tell("new_message", (frame) => [
    { ...frame, message: { ...frame.message, ...plain, client_id: null } },
  ]);
  await hand.say("two");
  await sees(() => shownIn(hers).at(-1)?.encryption?.problems[0] === messageActs.plaintext.says);
});

// Not noticed

test("the newest message withheld is noticed with the next one", async () => {
  const { chat, hand, said } = await withMessages("one", "two");
  const withheld: Alter = (rows) => rows.filter((one) => !is(said[1]!)(one));
  expect(await shownAs(chat, withheld)).toEqual([]);
  await hand.say("three");
  expect(await shownAs(chat, withheld)).toEqual([messageActs.drops.says]);
});

test("what is in clear above the first encrypted message looks like one of before", async () => {
  const { chat } = await withMessages("hello");
  const above: Alter = (rows) =>
    rows.flatMap((one) => (one["encrypted"] ? [copyOf(one, { ...plain, client_id: null }), one] : [one]));
  expect(await shownAs(chat, above)).toEqual([]);
});

test("a device that was copied takes a name of its own as soon as it sees what the other has written", async () => {
  const chat = await cast.group();
  const store = memoryStore();
  const first = await lookedAt(server.url, alice, { store });
  await first.encryption.unlock({ recoveryKey: cast.recoveryKey });
  const name = async (session: typeof first) => (await session.encryption.part()).deviceId();
  const before = await name(first);
  const copy = await copied(store);
  await first.chat(chat.id).open();
  await first.chat(chat.id).send("from one");
  await first.drained();
  await first.close();
  await using second = await lookedAt(server.url, alice, { store: copy });
  const hers = second.chat(chat.id);
  await judged(second, chat.id);
  expect(await name(second)).not.toBe(before);
  await hers.send("from its copy");
  await second.drained();
  expect(await shownAs(chat, (rows) => rows)).toEqual([]);
});

async function copied(store: Store): Promise<Store> {
  const copy = memoryStore();
  const { rows } = await store.read();
  await copy.write([...rows] as never);
  await copy.keepSecret(await store.secret());
  return copy;
}
