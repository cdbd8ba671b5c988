/** What an open chat prints, where the library has to load what lies in between. */
import { expect, test } from "bun:test";

import type { Screen } from "../../src/client/cli/room/screen.ts";
import { Transcript } from "../../src/client/cli/room/transcript.ts";
import { plainStyle } from "../../src/client/cli/text/style.ts";
import type { Conversation, Gap, Item, Message } from "../../src/client/sdk/index.ts";
import { until } from "../support/until.ts";

/** A chat of which the library has some numbers loaded, and the server has all. */
class Scene {
  readonly printed: string[] = [];
  readUpTo = 0;
  /** What is loaded; a gap wherever numbers are missing. */
  loaded: number[] = [];
  lastRead: number | null = null;
  readonly transcript: Transcript;
  readonly #messages = new Map<number, Message>();

  constructor(page: number, isSeen = true) {
    const conversation = {
      timeline: { peek: () => this.items() },
      members: { peek: () => [{ user_id: 7, username: "carol" }] },
      info: { peek: () => ({ last_read_message_id: this.lastRead }) },
      fill: async ({ before }: Gap) => this.load(before - 3, before - 1),
      read: async (id: number) => (this.readUpTo = id),
    } as unknown as Conversation;
    const screen: Screen = {
      isSeen,
      print: (text) => void this.printed.push(text.replace(/\d\d:\d\d /, "")),
      note: (text) => void this.printed.push(text),
      status: () => {},
      start: () => {},
      close: () => {},
    };
    const encryption = { mayOpen: () => false, opened: async () => {}, troubled: () => {} };
    this.transcript = new Transcript({ conversation, screen, style: plainStyle, page, ...encryption });
  }

  load(from: number, to: number): void {
    const more = Array.from({ length: to - from + 1 }, (_, i) => from + i).filter((seq) => seq > 0);
    this.loaded = [...new Set([...this.loaded, ...more])].toSorted((a, b) => a - b);
  }

  items(): Item[] {
    return this.loaded.flatMap((seq, i): Item[] => {
      const before = this.loaded[i - 1] ?? 0;
      const gap: Gap = { kind: "gap", after: before || undefined, before: seq, count: seq - before - 1 };
      const message = this.#message(seq);
      return [
        ...(gap.count > 0 ? [gap] : []),
        {
          kind: "message",
          key: `m${seq}`,
          message,
          state: "sent",
          entry: undefined,
          progress: undefined,
          encryption: undefined,
        },
      ];
    });
  }

  /** Gives a message something else. */
  change(seq: number, more: Partial<Message>): void {
    this.#messages.set(seq, { ...this.#message(seq), ...more });
  }

  /** What has been printed since, without days. */
  take(): string[] {
    return this.printed.splice(0).filter((line) => !/^-- \d/.test(line));
  }

  #message(seq: number): Message {
    const known = this.#messages.get(seq);
    if (known) return known;
    const made = {
      id: seq,
      seq,
      sender_id: 2,
      sender_username: "bob",
      content: `${seq}`,
      content_type: "text",
      created_at: new Date(2026, 11, 1).toISOString(),
      media: [],
      reactions: [],
      reply_to: null,
      is_edited: false,
      is_deleted: false,
    } as unknown as Message;
    this.#messages.set(seq, made);
    return made;
  }
}

const line = (seq: number) => `[${seq}] bob: ${seq}`;

test("what is shown first is the end, and all that is unread; it counts as read when somebody sees it", () => {
  const scene = new Scene(2);
  scene.load(95, 100);
  scene.lastRead = 97;
  scene.transcript.update();
  expect(scene.take()).toEqual([line(98), line(99), line(100)]);
  expect(scene.readUpTo).toBe(100);

  const other = new Scene(4, false);
  other.load(95, 100);
  other.lastRead = 98;
  other.transcript.update();
  expect(other.take()).toEqual([line(97), line(98), "-- unread --", line(99), line(100)]);
  expect(other.readUpTo).toBe(0);
});

test("after a long time away nothing is left out between what was printed and what is new", async () => {
  const scene = new Scene(2);
  scene.load(1, 3);
  scene.lastRead = 3;
  scene.transcript.update();
  expect(scene.take()).toEqual([line(2), line(3)]);
  // The library begins anew at the end.
  scene.loaded = [12, 13];
  await until(() => {
    scene.transcript.update();
    return scene.printed.length > 0;
  });
  expect(scene.take()).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13].map(line));
});

test("a message that changes is printed again, a reaction alone; nothing is printed for what is the same", () => {
  const scene = new Scene(5);
  scene.load(1, 3);
  scene.transcript.update();
  scene.take();
  scene.transcript.update();
  scene.change(1, { status: "read" });
  scene.transcript.update();
  expect(scene.take()).toEqual([]);
  scene.change(2, { content: "two", is_edited: true });
  scene.change(3, { reactions: [{ emoji: "👍", count: 1, user_ids: [7] }] });
  scene.transcript.update();
  expect(scene.take()).toEqual(["[2] bob: two (edited)", "[3] 👍 carol"]);
  scene.change(3, { reactions: [] });
  scene.change(1, { content: "", is_deleted: true });
  scene.transcript.update();
  expect(scene.take()).toEqual(["[1] bob: (deleted)", "[3] (no reactions)"]);
});
