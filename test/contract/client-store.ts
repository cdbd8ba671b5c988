import { describe, expect, test } from "bun:test";

import type { Change, Draft } from "../../src/client/sdk/replica/rows.ts";
import { type Store, StoreMoved } from "../../src/client/sdk/store/store.ts";

/** Stores that share what is kept, as programs on one computer do; they pass over who holds them up after `patience` ms. */
export interface Shelf extends AsyncDisposable {
  open(patience?: number): Promise<Store>;
}

/** What every implementation of the port `Store` of the client library promises. */
export function clientStoreContract(name: string, makeShelf: () => Shelf): void {
  const draft = (name: string, text: string | undefined): Change => ({
    kind: "draft",
    at: [name],
    value: text === undefined ? undefined : { text, kept_at: 1 },
  });
  /** Rows as `name: text`, and the cursor. */
  const kept = async (store: Store) => {
    const { rows, cursor } = await store.read();
    const drafts = [...rows].map(({ at, value }) => `${at.join(" ")}: ${(value as Draft).text}`);
    return [...drafts.toSorted(), cursor];
  };
  const tokens = (access_token: string) => ({
    user: { id: 1, username: "ann" } as never,
    access_token,
    expires_at: 1,
  });

  describe(`${name} as a client's store`, () => {
    test("nothing is there at first", async () => {
      await using shelf = makeShelf();
      const store = await shelf.open();
      expect(await kept(store)).toEqual([undefined]);
      expect(await store.tokens()).toBeUndefined();
      expect(await store.file("photo")).toBeUndefined();
    });

    test("what was written is there again after closing", async () => {
      await using shelf = makeShelf();
      const store = await shelf.open();
      await store.write([draft("a", "old"), draft("b", "two words"), draft("c", "gone")]);
      await store.write([draft("a", "new"), draft("c", undefined)], { from: undefined, to: "5" });
      const now = ["a: new", "b: two words", "5"];
      expect(await kept(store)).toEqual(now);
      await store.close();
      const again = await shelf.open();
      expect(await kept(again)).toEqual(now);
    });

    test("rows of all kinds keep their keys and values", async () => {
      await using shelf = makeShelf();
      const store = await shelf.open();
      const rows = [
        { kind: "me", at: [], value: { id: 1, username: "ann" } },
        { kind: "message", at: [7, 40], value: { id: 40, content: 'quotes " and 🎉, line\nbreaks' } },
        { kind: "message", at: [7, 4], value: { id: 4, content: "" } },
        { kind: "member", at: [7, 4], value: { user_id: 4 } },
        { kind: "draft", at: ['a name, [with] "signs"'], value: { text: "x" } },
      ];
      await store.write(rows as unknown as Change[]);
      const { rows: found } = await store.read();
      expect([...found]).toEqual(expect.arrayContaining(rows));
      expect([...found]).toHaveLength(rows.length);
    });

    test("whoever lags behind is told so, and has written nothing", async () => {
      await using shelf = makeShelf();
      const store = await shelf.open();
      await store.write([], { from: undefined, to: "5" });
      for (const from of [undefined, "4"]) {
        const late = store.write([draft("a", "late")], { from, to: "6" });
        expect(await late.catch((error) => error)).toBeInstanceOf(StoreMoved);
      }
      expect(await kept(store)).toEqual(["5"]);
    });

    test("writes take effect in the order in which they were begun", async () => {
      await using shelf = makeShelf();
      const store = await shelf.open();
      const writes = ["1", "2", "3"].map((to, i) =>
        store.write([draft("a", to)], { from: i === 0 ? undefined : `${i}`, to }),
      );
      await Promise.all(writes);
      expect(await kept(store)).toEqual(["a: 3", "3"]);
    });

    test("a write that fails in the middle has written nothing", async () => {
      await using shelf = makeShelf();
      const store = await shelf.open();
      const unwritable = { kind: "draft", at: ["b"], value: { text: 1n } } as unknown as Change;
      const failing = store.write([draft("a", "x"), unwritable], { from: undefined, to: "5" });
      // A store that takes any value keeps all of it.
      const isKept = await failing.then(
        () => true,
        () => false,
      );
      expect(await kept(store)).toEqual(isKept ? ["a: x", "b: 1", "5"] : [undefined]);
      await store.write([draft("c", "y")], isKept ? { from: "5", to: "6" } : { from: undefined, to: "6" });
      expect(await kept(store)).toContain("c: y");
    });

    test("all who use it have the same session", async () => {
      await using shelf = makeShelf();
      const [phone, desk] = [await shelf.open(), await shelf.open()];
      await Promise.all([phone.keepTokens(tokens("first")), phone.keepTokens(tokens("second"))]);
      expect(await desk.tokens()).toEqual(tokens("second"));
      await desk.keepTokens(undefined);
      expect(await phone.tokens()).toBeUndefined();
    });

    test("all who use it have the same secret, until it is forgotten", async () => {
      await using shelf = makeShelf();
      const [phone, desk] = [await shelf.open(), await shelf.open()];
      expect(await phone.secret()).toBeUndefined();
      await Promise.all([phone.keepSecret("first"), phone.keepSecret("second")]);
      expect(await desk.secret()).toBe("second");
      await desk.keepSecret(undefined);
      expect(await phone.secret()).toBeUndefined();
    });

    test("one at a time runs alone, and who fails gives up its turn", async () => {
      await using shelf = makeShelf();
      const stores = [await shelf.open(), await shelf.open()];
      let running = 0;
      const most: number[] = [];
      const turns = [...stores, ...stores].map((store, i) =>
        store.alone(async () => {
          most.push(++running);
          await new Promise((resolve) => setTimeout(resolve, 5));
          running -= 1;
          if (i === 0) throw new Error("no luck");
          return i;
        }),
      );
      const results = await Promise.allSettled(turns);
      expect(results.map((one) => (one.status === "fulfilled" ? one.value : one.reason.message))).toEqual([
        "no luck",
        1,
        2,
        3,
      ]);
      expect(most).toEqual([1, 1, 1, 1]);
    });

    test("who does not come to an end is passed over, and others still take turns", async () => {
      await using shelf = makeShelf();
      const stores = [await shelf.open(200), await shelf.open(200)];
      const stuck = Promise.withResolvers<string>();
      const started = Promise.withResolvers<void>();
      const first = stores[0]!.alone(() => {
        started.resolve();
        return stuck.promise;
      });
      await started.promise;
      let running = 0;
      const most: number[] = [];
      const turns = [...stores, ...stores].map((store) =>
        store.alone(async () => {
          most.push(++running);
          await new Promise((resolve) => setTimeout(resolve, 5));
          running -= 1;
        }),
      );
      await Promise.all(turns);
      expect(most).toEqual([1, 1, 1, 1]);
      stuck.resolve("late");
      expect(await first).toBe("late");
    });

    test("files are kept until they are dropped", async () => {
      await using shelf = makeShelf();
      const store = await shelf.open();
      const bytes = new Uint8Array(300_000).map((_, i) => i * 7);
      await store.keepFile("photo", new Blob([bytes]));
      const file = await store.file("photo");
      expect(file?.size).toBe(bytes.length);
      expect(new Uint8Array(await file!.arrayBuffer())).toEqual(bytes);
      expect(await file!.slice(7, 9).bytes()).toEqual(bytes.slice(7, 9));
      await store.dropFile("photo");
      await store.dropFile("photo");
      expect(await store.file("photo")).toBeUndefined();
    });
  });
}
