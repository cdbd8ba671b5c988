/** Files on their way through the client library. */
import { Caller } from "../../src/client/sdk/calls.ts";
import { type Environment, environmentWith } from "../../src/client/sdk/environment.ts";

interface SignedIn {
  url: string;
  accessToken: string;
}

/**
 * The calls of somebody who is signed in, perhaps by another address or with another `fetch`, and the surroundings: each wait takes a
 * two-hundredth of its time, and the shortest where chance decides.
 */
export function calling(
  { url, accessToken }: SignedIn,
  { server = url, ...more }: { server?: string } & Partial<Environment> = {},
): [caller: Caller, environment: Environment] {
  const environment = environmentWith({
    random: () => 0,
    setTimeout: (run, milliseconds) => setTimeout(run, milliseconds / 200),
    ...more,
  });
  const caller = new Caller(server, environment);
  caller.authorization = { token: async () => accessToken, renew: async () => {} };
  return [caller, environment];
}

type Answering = (url: string, init: RequestInit, number: number) => Promise<Response>;

/** `fetch` that writes its requests down, and may be answered otherwise; `number` counts from 1. */
export function countedFetch(answer: Answering = (url, init) => fetch(url, init)) {
  const requests: RequestInit[] = [];
  const counted = (url: string, init: RequestInit) => answer(url, init, requests.push(init));
  return { requests, fetch: Object.assign(counted, { preconnect: fetch.preconnect }) as typeof fetch };
}

/** Writes down how far it has come, which may only grow. */
export class Progress {
  readonly told: number[] = [];
  readonly onProgress = (bytes: number): void => {
    if (bytes <= (this.told.at(-1) ?? -1)) throw new Error(`from ${this.told.at(-1)} to ${bytes}`);
    this.told.push(bytes);
  };

  get last(): number | undefined {
    return this.told.at(-1);
  }
}
