import { Agent, request } from "node:https";
import { isIP } from "node:net";

import type { Clock } from "../../../core/clock.ts";
import { type Address, bareOf } from "../web-push/addresses.ts";
import type { DoctorNetwork } from "./network.ts";

export interface ReachOptions {
  clock: Clock;
  network: DoctorNetwork;
}

/** By how many milliseconds this machine's clock is fast, if the answer says; or why there was none. */
export type Reached =
  | { host: string; isReached: true; fast: number | undefined }
  | { host: string; isReached: false; error: unknown };

/** In place of an answer that does not come. */
export class TooLate extends Error {}

export const mostSeconds = 10;

/** Looks a host up, with its port if that is not 443, and asks it over TLS for `/`, which does nothing there. */
export async function reach(host: string, { clock, network }: ReachOptions): Promise<Reached> {
  const limit = new AbortController();
  const tooLate = Promise.withResolvers<never>();
  const cancel = clock.after(mostSeconds * 1000, () => tooLate.reject(new TooLate()));
  const ask = async () => {
    const { hostname } = new URL(`https://${host}`);
    const addresses = await addressesOf(hostname, network);
    return askFor(host, addresses, network, limit.signal);
  };
  try {
    const date = await Promise.race([ask(), tooLate.promise]);
    const fast = clock.now() - Date.parse(date ?? "");
    return { host, isReached: true, fast: Number.isNaN(fast) ? undefined : fast };
  } catch (error) {
    return { host, isReached: false, error };
  } finally {
    cancel();
    limit.abort();
  }
}

async function addressesOf(hostname: string, { resolve }: DoctorNetwork): Promise<Address[]> {
  const bare = bareOf(hostname);
  const family = isIP(bare);
  if (family !== 0) return [{ address: bare, family }];
  const found = await resolve(hostname);
  if (found.length === 0) throw Object.assign(new Error("no address"), { code: "ENOTFOUND" });
  return found;
}

/** The date of its answer, whatever that is. */
function askFor(
  host: string,
  addresses: Address[],
  { inPlaceOf }: DoctorNetwork,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const { hostname, port } = new URL(`https://${host}`);
  const instead = inPlaceOf(host);
  const found = instead ? [{ address: new URL(instead.url).hostname, family: 4 }] : addresses;
  const asked = request({
    hostname: bareOf(hostname),
    port: instead ? new URL(instead.url).port : port || 443,
    agent: new Agent({
      autoSelectFamily: true,
      lookup: (_hostname, _options, done) => done(null, found),
      ...(instead && { ca: instead.ca }),
    }),
    signal,
  });
  asked.on("error", reject);
  asked.on("response", (response) => {
    resolve(response.headers.date);
    response.destroy();
  });
  asked.end();
  return promise;
}
