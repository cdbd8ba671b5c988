/** A program on a client's store: answers lines of JSON, `{"do": …}`, with lines of JSON. */
import { createInterface } from "node:readline";

import { SqliteStore } from "../../src/client/sdk/store/sqlite.ts";

const [directory = "", patience] = process.argv.slice(2);
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

const store = await SqliteStore.open(directory, Number(patience));
say("open");

const actions: Record<string, (input: any) => Promise<unknown>> = {
  write: ({ changes, move }) => store.write(changes, move),
  read: async () => {
    const { cursor, rows } = await store.read();
    return { cursor, rows: [...rows] };
  },
  /** Answers when it is its turn, and keeps it. */
  hold: () => new Promise((resolve) => void store.alone(() => (resolve("holds"), new Promise(() => {})))),
  /** Answers with each cursor that has been written. */
  async writeOn() {
    for (let i = 0; ; i++) {
      const value = { text: "x".repeat(i % 3000), kept_at: i };
      const move = { from: i === 0 ? undefined : `${i - 1}`, to: `${i}` };
      await store.write([{ kind: "draft", at: [`${i}`], value }], move);
      say(i);
      if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const input = JSON.parse(line);
  void actions[input.do]?.(input).then((answer) => say(answer ?? null));
}
