/** What the weather's test looks for is seen when it is there. */
import { expect, test } from "bun:test";

import { type Stored, type Truth, whatIsWrong } from "./support/weather/check.ts";
import type { Action, Dropped, Journal } from "./support/weather/journal.ts";

const alice = 1;
const bob = 2;
const kept = (action: Action, key?: string) => ({ action, isKept: true, ...(key !== undefined && { key }) });
const unsure = (action: Action) => ({ action, isKept: false });

const message = (id: number, sender_id: number, content: string, more: Partial<Stored> = {}): Stored => ({
  id,
  chat_id: 7,
  seq: id,
  client_id: `k${id}`,
  sender_id,
  content,
  content_type: "text",
  reply_to_id: null,
  is_deleted: false,
  reactions: [],
  ...more,
});

/** Bob has written, alice has answered, edited, reacted and read. */
function scene() {
  const journals: Journal[] = [
    {
      client: "a",
      userId: alice,
      asked: [
        kept({ chat: 7, kind: "send", text: "a-1 Hi", replyTo: 1 }, "k2"),
        kept({ chat: 7, kind: "edit", target: 2, text: "a-2 Hi" }),
        kept({ chat: 7, kind: "edit", target: 2, text: "a-3 Hi" }),
        kept({ chat: 7, kind: "react", target: 1, emoji: "👍" }),
        kept({ chat: 7, kind: "read", target: 1 }),
        kept({ chat: 7, kind: "send", text: "a-4 Oh" }, "k3"),
        kept({ chat: 7, kind: "remove", target: 3 }),
      ],
      dropped: [],
      problems: [],
    },
    {
      client: "b",
      userId: bob,
      asked: [kept({ chat: 7, kind: "send", text: "b-1 Hello" }, "k1")],
      dropped: [],
      problems: [],
    },
  ];
  const truth: Truth = {
    messages: [
      message(1, bob, "b-1 Hello", { reactions: [{ emoji: "👍", user_ids: [alice] }] }),
      message(2, alice, "a-3 Hi", { reply_to_id: 1 }),
      message(3, alice, "", { is_deleted: true }),
    ],
    read: new Map([[`${alice}/7`, 1]]),
    guests: new Set<string>(),
  };
  return { journals, truth, mine: journals[0]!, messages: truth.messages };
}

type Scene = ReturnType<typeof scene>;

function wrong(change: (scene: Scene) => void): string[] {
  const one = scene();
  change(one);
  return whatIsWrong(one.journals, one.truth);
}

const faults: [string, (scene: Scene) => void, string][] = [
  ["lost message", ({ messages }) => messages.pop(), "a: a-4 is lost"],
  ["doubled message", ({ messages }) => messages.push(message(4, bob, "b-1 Hello")), "b-1 is there twice"],
  ["gap", ({ messages }) => (messages[2]!.seq = 4), "chat 7 has a gap"],
  [
    "message of nobody",
    ({ messages }) => messages.push(message(4, bob, "Boo")),
    "nobody has written Boo in 7",
  ],
  [
    "deletion of nobody",
    ({ messages }) => Object.assign(messages[0]!, { is_deleted: true, content: "" }),
    "nobody has deleted 1",
  ],
  ["reply to something else", ({ messages }) => (messages[1]!.reply_to_id = 3), "a-1 answers 3, not 1"],
  ["older edit", ({ messages }) => (messages[1]!.content = "a-2 Hi"), "a: 2 says a-2 Hi, not a-3 Hi"],
  ["lost edit", ({ messages }) => (messages[1]!.content = "a-1 Hi"), "a: 2 says a-1 Hi, not a-3 Hi"],
  [
    "deletion that is undone",
    ({ messages }) => Object.assign(messages[2]!, { is_deleted: false, content: "a-4 Oh" }),
    "a: 3 is still there",
  ],
  ["lost reaction", ({ messages }) => (messages[0]!.reactions = []), "a: the reaction 1 👍 is lost"],
  [
    "reaction that was taken back",
    ({ mine }) => mine.asked.push(kept({ chat: 7, kind: "unreact", target: 1, emoji: "👍" })),
    "a: the reaction 1 👍 is there",
  ],
  ["marker that went back", ({ truth }) => truth.read.clear(), "a: has read 1 of 7, but the marker is at 0"],
  ["complaint of a client", ({ mine }) => mine.problems.push("no!"), "a: no!"],
];

test("where everything is as it was asked for, nothing is wrong", () => {
  expect(wrong(() => {})).toEqual([]);
});

test.each(faults)("a %s is noticed", (_, change, complaint) => {
  expect(wrong(change)).toEqual([complaint]);
});

test("what was asked for when the client was killed may be done, or not", () => {
  const asked: Action[] = [
    { chat: 7, kind: "send", text: "a-9 Hm" },
    { chat: 7, kind: "edit", target: 2, text: "a-5 Hi" },
    { chat: 7, kind: "unreact", target: 1, emoji: "👍" },
  ];
  const ask = ({ mine }: Scene) => mine.asked.push(...asked.map(unsure));
  expect(wrong(ask)).toEqual([]);
  const done = ({ messages }: Scene) => {
    messages.push(message(4, alice, "a-9 Hm"));
    messages[0]!.reactions = [];
    messages[1]!.content = "a-5 Hi";
  };
  expect(wrong((one) => [ask(one), done(one)])).toEqual([]);
});

test("a refusal for good has a reason", () => {
  const edit = { kind: "edit", chat: 7, key: "e", target: 2, text: "a-3 Hi" };
  const refused = (more: Partial<Dropped>) => (one: Scene) => {
    Object.assign(one.messages[1]!, { content: "", is_deleted: true });
    one.mine.asked.push(kept({ chat: 7, kind: "remove", target: 2 }));
    one.mine.dropped.push({ ...edit, code: "message_deleted", ...more });
  };
  expect(wrong(refused({}))).toEqual([]);
  expect(wrong(refused({ code: "not_found" }))).toHaveLength(1);
  expect(wrong((one) => [refused({ code: "not_found" })(one), one.truth.guests.add(`${alice}/7`)])).toEqual(
    [],
  );
  const sentAway = ({ mine, messages, truth }: Scene) => {
    truth.guests.add(`${alice}/7`);
    mine.asked.push(kept({ chat: 7, kind: "edit", target: "k2", text: "a-5 Hi" }));
    mine.dropped.push({ ...edit, text: "a-5 Hi", code: "not_found" });
    messages[1]!.content = "a-1 Hi";
  };
  expect(wrong(sentAway)).toEqual([]);
});
