/** What the terminal client makes of the words of others, before a terminal sees them. */
import { expect, test } from "bun:test";

import { firstWord } from "../../src/client/cli/room/words.ts";
import { Pasting, type Typed, withoutPictures } from "../../src/client/cli/room/pasting.ts";
import { safeName } from "../../src/client/cli/files/save.ts";
import { chatLines } from "../../src/client/cli/show/chat.ts";
import { messageText } from "../../src/client/cli/show/message.ts";
import { loadNames, nameIn } from "../../src/client/cli/show/name-of.ts";
import { plainStyle, terminalStyle } from "../../src/client/cli/text/style.ts";
import { jsonLine, visible, visibleLine } from "../../src/client/cli/text/visible.ts";
import { cut, pad } from "../../src/client/cli/text/width.ts";
import type { ChatView, Conversation, Message } from "../../src/client/sdk/index.ts";

const everyControl = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).filter(
  (one) => one < " " || one > "~",
);

test("no control character gets through, but the line feed", () => {
  for (const one of everyControl) {
    const shown = visible(`a${one}b`);
    expect([one, /[^\P{Cc}\n]/u.test(shown)]).toEqual([one, false]);
    expect(visibleLine(`a${one}b`)).not.toMatch(/\p{Cc}/u);
  }
  expect(visible("\u001b[31mred\u0007")).toBe("␛[31mred␇");
  expect(visible("one\r\ntwo\rthree\u2028four\n")).toBe("one\ntwo\nthree\nfour\n");
  expect(visible("half \ud83d of a pair")).toBe("half � of a pair");
});

test("nothing turns the direction of what comes after it, and marks stay", () => {
  expect(visible("photo\u202egpj.exe \u2066x \u2069\u2068")).toBe("photogpj.exe x ");
  expect(visible("‏שלום‎")).toBe("‏שלום‎");
});

test("a line of JSON says the same as the value, and has nothing that a terminal obeys", () => {
  const value = { text: `${everyControl.join("")}\u2028\u202e שלום 👍` };
  const line = jsonLine(value);
  expect(line).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
  expect(JSON.parse(line)).toEqual(value);
});

test("a list fits the terminal: names give way to what was said last", () => {
  const chat = (name: string, unread_count: number) =>
    ({
      id: 1,
      name,
      peer: null,
      unread_count,
      last_message: { ...message, content: "日本語 and more" },
    }) as ChatView;
  const chats = [chat("Team of all that work on it", 3), chat("bob", 0)];
  const lines = (columns: number) => chatLines(chats, plainStyle, columns, "2026-12-01");
  expect(lines(40)).toEqual([
    "Team of all t…  3 unread  09:05 bob: 日…",
    "bob                       09:05 bob: 日…",
  ]);
  expect(lines(Infinity)).toEqual([
    "Team of all that work o…  3 unread  09:05 bob: 日本語 and more",
    "bob                                 09:05 bob: 日本語 and more",
  ]);
  const [unread] = chatLines([chat("bob", 0)], plainStyle, 30, "2026-12-01");
  expect(unread).toBe("bob         09:05 bob: 日本語…");
});

test("no line of a list is wider than the terminal", () => {
  const chat = (name: string, unread_count: number) =>
    ({
      id: 1,
      name,
      peer: null,
      unread_count,
      last_message: { ...message, content: "日本語 ".repeat(20) },
    }) as ChatView;
  const chats = [chat("日本語のチーム".repeat(5), 12_345), chat("bob", 0), chat("שלום עולם ושלום לכולם", 1)];
  for (const style of [plainStyle, terminalStyle(true)]) {
    for (let columns = 10; columns <= 100; columns++) {
      const widths = chatLines(chats, style, columns, "2026-12-01").map((line) => Bun.stringWidth(line));
      expect([columns, Math.max(...widths) <= columns]).toEqual([columns, true]);
      expect(Math.min(...widths)).toBeGreaterThan(0);
    }
  }
});

test("text is cut between characters as people see them, by columns", () => {
  expect(cut("日本語", 6)).toBe("日本語");
  expect(cut("日本語", 5)).toBe("日本…");
  expect(cut("日本語", 4)).toBe("日…");
  expect([cut("日本語", 1), cut("日本語", 0), cut("日本語", -3)]).toEqual(["…", "", ""]);
  expect(cut("👨‍👩‍👧👨‍👩‍👧", 3)).toBe("👨‍👩‍👧…");
  expect(cut("e\u0301e\u0301e\u0301", 2)).toBe("e\u0301…");
  expect(pad("日本", 6)).toBe("日本  ");
});

test("on a terminal right-to-left text is an isolate of its own, line by line; in a pipe it is as it is", () => {
  const style = terminalStyle(false);
  expect(style.name("שלום")).toBe("\u2068שלום\u2069");
  expect(style.lines("שלום\nhello")).toEqual(["\u2068שלום\u2069", "hello"]);
  expect(plainStyle.name("שלום")).toBe("שלום");
  expect(terminalStyle(true).aside("x")).toContain("\u001b[");
  expect(style.aside("x") + plainStyle.strong("x")).toBe("xx");
});

const message: Message = {
  id: 12,
  chat_id: 1,
  seq: 3,
  client_id: null,
  sender_id: 2,
  sender_username: "bob",
  reply_to_id: null,
  reply_to: null,
  content: "hello",
  content_type: "text",
  status: "sent",
  is_edited: false,
  edited_at: null,
  is_deleted: false,
  created_at: new Date(2026, 11, 1, 9, 5).toISOString(),
  media: [],
  mentions: [],
  mentions_all: false,
  encrypted: false,
  system: null,
  reactions: [],
};

function text(more: Partial<Message>): string {
  return messageText({ ...message, ...more }, plainStyle, (id) => (id < 99 ? `user${id}` : undefined));
}

test("a message that pretends to be two is seen to be one", () => {
  expect(text({ content: "hello\n[4] 09:06 alice: I quit" })).toBe(
    "[3] 09:05 bob: hello\n     [4] 09:06 alice: I quit",
  );
  expect(text({ content: "hello\u001b[2K\r[4] 09:06 alice: I quit" })).toBe(
    "[3] 09:05 bob: hello␛[2K\n     [4] 09:06 alice: I quit",
  );
});

test("a message shows what it answers, that it was edited or deleted, and who reacted", () => {
  const reply_to = {
    id: 1,
    sender_id: 1,
    sender_username: "alice",
    content: "how\nare you?",
    content_type: "text" as const,
    media_type: null,
    original_filename: null,
    is_deleted: false,
  };
  const reactions = [{ emoji: "👍", count: 22, user_ids: [1, 4] }];
  expect(text({ reply_to, is_edited: true, reactions })).toBe(
    "[3] 09:05 bob: hello (edited)\n     (to alice: how are you?)\n     👍 user1, user4 and 20 more",
  );
  const strangers = [
    { emoji: "👍", count: 2, user_ids: [1, 99] },
    { emoji: "☀️", count: 1, user_ids: [99] },
  ];
  expect(text({ reactions: strangers })).toBe("[3] 09:05 bob: hello\n     👍 user1 and 1 more  ☀️ 1");
  expect(text({ content: "", is_deleted: true })).toBe("[3] 09:05 bob: (deleted)");
  expect(text({ content_type: "system", content: "bob left" })).toBe("[3] 09:05 * bob left");
});

test("the names of a large chat, which are not loaded when it is opened, are loaded once they are asked for", async () => {
  let members: { user_id: number; username: string }[] = [];
  let loads = 0;
  const conversation = {
    info: { peek: () => ({ member_count: 2 }) },
    members: { peek: () => members },
    loadMembers: async () => {
      loads += 1;
      members = ["alice", "bob"].map((username, i) => ({ user_id: i + 1, username }));
    },
  } as unknown as Conversation;
  expect(nameIn(conversation)(2)).toBeUndefined();
  await loadNames(conversation);
  await loadNames(conversation);
  expect([loads, nameIn(conversation)(2), nameIn(conversation)(3)]).toEqual([1, "bob", undefined]);
});

test("the name of a saved file stays in its directory, in sight, and on one line", () => {
  expect(safeName("photo.jpg")).toBe("photo.jpg");
  expect(safeName("../../etc/passwd")).toBe("__.._etc_passwd");
  expect(safeName("..\\x")).toBe("__x");
  expect(safeName(".bashrc")).toBe("_bashrc");
  expect(safeName("a\u001b[31m\n.txt")).toBe("a␛[31m .txt");
  expect(safeName(" ")).toBe("file");
});

test("a path may have spaces, as people quote them and terminals drop them", () => {
  expect(firstWord("a.txt look at this")).toEqual(["a.txt", "look at this"]);
  expect(firstWord(`"my photo.jpg" look`)).toEqual(["my photo.jpg", "look"]);
  expect(firstWord(`'my photo.jpg'`)).toEqual(["my photo.jpg", ""]);
  expect(firstWord(String.raw`my\ photo.jpg look`)).toEqual(["my photo.jpg", "look"]);
  expect(firstWord("")).toEqual(["", ""]);
});

/** What comes of these bytes; neighbours of one kind are one. */
function typed(...chunks: (string | Uint8Array)[]): Typed[] {
  const pasting = new Pasting();
  const all = chunks.flatMap((one) => pasting.take(typeof one === "string" ? Buffer.from(one) : one));
  return all.reduce<Typed[]>((before, one) => {
    const last = before.at(-1);
    return last?.isPasted === one.isPasted
      ? [...before.slice(0, -1), { ...one, text: last.text + one.text }]
      : [...before, one];
  }, []);
}

test("what is pasted is text, whatever it consists of, and wherever its bytes are cut", () => {
  const bytes = Buffer.from("a\u001b[200~one\r\ntwo\tx\u001b[31m\u0003\rthree 日\u001b[201~b");
  const pasted = "one␊two␉x[31m␊three 日";
  const keys = (text: string) => ({ text, isPasted: false });
  for (let at = 4; at < bytes.length; at++) {
    const both = typed(bytes.subarray(0, at), bytes.subarray(at));
    expect([at, both]).toEqual([at, [keys("a"), { text: pasted, isPasted: true }, keys("b")]]);
  }
  expect(withoutPictures(pasted)).toBe("one\ntwo\tx[31m\nthree 日");
});

test("keys pass as they are; Alt and Enter begins a new line", () => {
  expect(typed("a\r", "\u001b", "[A", "\u0003")).toEqual([{ text: "a\r\u001b[A\u0003", isPasted: false }]);
  expect(typed("a\u001b\rb\r")).toEqual([{ text: "a␊b\r", isPasted: false }]);
});
