/** What the library takes from its surroundings. Give others in for a program without them (Node 20), or in tests. */
export interface Environment {
  fetch: typeof globalThis.fetch;
  WebSocket: typeof globalThis.WebSocket;
  /** The wall clock, in milliseconds. People turn it: nothing is ordered or timed by it. */
  now(): number;
  /** A clock that only goes forward, in milliseconds. */
  elapsed(): number;
  /** From 0 to 1. */
  random(): number;
  setTimeout(run: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
  /** Calls `woken` when the program was asleep or hidden, or the network is back; returns how to stop. */
  onWake(woken: () => void): () => void;
}

/** Error: TypeError where there is no WebSocket at all. */
export function environmentWith(given: Partial<Environment> = {}): Environment {
  const environment: Environment = {
    fetch: globalThis.fetch.bind(globalThis),
    WebSocket: globalThis.WebSocket,
    now: Date.now,
    elapsed: () => performance.now(),
    random: Math.random,
    setTimeout: (run, milliseconds) => setTimeout(run, milliseconds),
    clearTimeout: (timer) => clearTimeout(timer as number),
    onWake: onPageWake,
    ...given,
  };
  if (!environment.WebSocket)
    throw new TypeError("There is no WebSocket here: hand one in as environment.WebSocket.");
  return environment;
}

/** Of a page: it is visible again, was frozen, or the browser says that there is a network. Elsewhere nothing says so. */
function onPageWake(woken: () => void): () => void {
  const { document, addEventListener, removeEventListener } = globalThis as unknown as Partial<Page>;
  if (!document || !addEventListener || !removeEventListener) return () => {};
  const seen = () => {
    if (document.visibilityState === "visible") woken();
  };
  document.addEventListener("visibilitychange", seen);
  document.addEventListener("resume", seen);
  addEventListener("online", woken);
  return () => {
    document.removeEventListener("visibilitychange", seen);
    document.removeEventListener("resume", seen);
    removeEventListener("online", woken);
  };
}

type Listen = (type: string, heard: () => void) => void;

interface Page {
  document: { visibilityState: string; addEventListener: Listen; removeEventListener: Listen };
  addEventListener: Listen;
  removeEventListener: Listen;
}

/** 128 random bits as text. `crypto.randomUUID` is missing on plain http. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
}
