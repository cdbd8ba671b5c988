/**
 * A few values that all tabs of a page have in common. They are in IndexedDB, where one tab at a time changes something and all see
 * it afterwards; what `localStorage` shows may be old (HTML, Web storage).
 */

const name = "parley-tabs";
/** A tab that was frozen at a bad moment keeps the others from what it was changing. Milliseconds. */
const patience = 2000;

export class TabValues {
  readonly #database = open();

  constructor() {
    // Whoever asks for a value hears of it.
    this.#database.catch(() => {});
  }

  /** Puts what `next` makes of a value in its place; answers what it was. Rejects where that is not possible, or not soon. */
  async change(key: string, next: (before: unknown) => unknown): Promise<unknown> {
    const transaction = (await this.#database).transaction(name, "readwrite");
    const late = setTimeout(() => transaction.abort(), patience);
    const store = transaction.objectStore(name);
    const request = store.get(key);
    request.onsuccess = () => {
      const after = next(request.result);
      if (after !== request.result) store.put(after, key);
    };
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    }).finally(() => clearTimeout(late));
  }

  close(): void {
    this.#database.then(
      (database) => database.close(),
      () => {},
    );
  }
}

async function open(): Promise<Database> {
  const { indexedDB } = globalThis as unknown as { indexedDB: { open(name: string): OpenRequest } };
  const request = indexedDB.open(name);
  return new Promise((resolve, reject) => {
    request.onupgradeneeded = () => request.result.createObjectStore(name);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    setTimeout(reject, patience);
  });
}

interface Asked<T> {
  readonly result: T;
  readonly error: unknown;
  onsuccess: () => void;
  onerror: () => void;
}

interface OpenRequest extends Asked<Database> {
  onupgradeneeded: () => void;
}

interface Database {
  createObjectStore(name: string): void;
  transaction(name: string, mode: "readwrite"): Transaction;
  close(): void;
}

interface Transaction {
  readonly error: unknown;
  objectStore(name: string): { get(key: string): Asked<unknown>; put(value: unknown, key: string): void };
  abort(): void;
  oncomplete: () => void;
  onabort: () => void;
}
