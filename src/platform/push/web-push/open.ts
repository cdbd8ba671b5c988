import { Agent } from "node:https";
import { join } from "node:path";

import type { Clock } from "../../../core/clock.ts";
import { encrypt, mostPlainBytes, problemWithKeys } from "../encrypt.ts";
import { fit } from "../fit.ts";
import type { Content, Outcome, Push, WebPush } from "../push.ts";
import { Addresses, type Resolve, resolveBySystem } from "./addresses.ts";
import { outcomeOf, outcomeOfError } from "./outcomes.ts";
import { post } from "./post.ts";
import { loadVapidKey } from "./vapid-key.ts";
import { Vapid } from "./vapid.ts";

export interface WebPushOptions {
  dataDir: string;
  /** PUSH_CONTACT, or empty. */
  contact: string;
  /** PUBLIC_URL, or empty. */
  publicUrl: string;
  /** PUSH_ALLOWED_HOSTS. */
  allowedHosts: readonly string[];
  clock: Clock;
  /** Told when a key was made. */
  made(file: string): void;
  /** The system's resolver, unless another is given. */
  resolve?: Resolve;
  /** Certificates of authorities that count, instead of the system's. */
  ca?: string;
}

interface Opened {
  turns: Turns;
  addresses: Addresses;
  vapid: Vapid;
  agent: Agent;
  clock: Clock;
}

const lanes = 32;
/** Their endpoints may hang: others have lanes left. */
const perPerson = 4;
const idleMilliseconds = 30_000;
const registrationMilliseconds = 3000;

/** Errors: VapidError. */
export async function openWebPush(options: WebPushOptions): Promise<WebPush & { close(): void }> {
  const { contact, publicUrl, allowedHosts, clock, resolve = resolveBySystem, ca } = options;
  const key = await loadVapidKey(join(options.dataDir, "vapid.key"), options.made);
  const vapid = new Vapid({ key, contact, publicUrl, clock });
  const addresses = new Addresses(allowedHosts, resolve);
  const agent = new Agent({
    keepAlive: true,
    maxFreeSockets: lanes,
    timeout: idleMilliseconds,
    lookup: addresses.lookup,
    autoSelectFamily: true,
    ...(ca && { ca }),
  });
  const opened: Opened = { turns: new Turns(), addresses, vapid, agent, clock };
  return {
    name: "web_push",
    atOnce: 1,
    lanes,
    perPerson,
    publicKey: key.publicKey,
    problemWith: (endpoint) => problemWith(opened, endpoint),
    ready: () => Promise.resolve(),
    send: (pushes) => Promise.all(pushes.map((one) => deliver(opened, one))),
    close: () => agent.destroy(),
  };
}

async function problemWith({ addresses, clock }: Opened, endpoint: string): Promise<string | undefined> {
  const { promise: tooLong, resolve } = Promise.withResolvers<undefined>();
  const cancel = clock.after(registrationMilliseconds, () => resolve(undefined));
  try {
    return await Promise.race([addresses.problemWithWhereItLeads(URL.parse(endpoint)), tooLong]);
  } finally {
    cancel();
  }
}

/** One after another, each in a turn of the event loop of its own: whoever sends a message waits for one at the most. */
class Turns {
  #last = Promise.resolve();

  next(): Promise<void> {
    this.#last = this.#last.then(() => new Promise<void>((resolve) => setImmediate(resolve)));
    return this.#last;
  }
}

async function deliver(opened: Opened, { target, content, topic, ttlSeconds }: Push): Promise<Outcome> {
  const { turns, addresses, vapid, agent, clock } = opened;
  // Encryption takes a fifth of a millisecond.
  await turns.next();
  const url = URL.parse(target.address);
  const problem = addresses.problemWith(url);
  // It was all right when it was registered: a host that has been taken off the settings may come back.
  if (problem || !url) return { status: "later", detail: `An endpoint must ${problem}.` };
  const { keys } = target;
  if (!keys || problemWithKeys(keys)) return { status: "gone", detail: "A subscription has bad keys." };
  const payload = toBytes(fit(content, mostPlainBytes, (one) => toBytes(one).length));
  const headers = {
    TTL: String(ttlSeconds),
    // Browsers take only what shows something, and for that a device is woken at once (RFC 8030, 5.3).
    Urgency: "high",
    Topic: topic,
    "Content-Type": "application/octet-stream",
    "Content-Encoding": "aes128gcm",
    Authorization: await vapid.authorization(url.origin),
  };
  try {
    const answer = await post(url, { agent, clock, headers, body: encrypt(payload, keys) });
    return outcomeOf(answer, url.host, clock.now());
  } catch (error) {
    return outcomeOfError(error, url.host);
  }
}

function toBytes(content: Content): Buffer {
  return Buffer.from(JSON.stringify(content));
}
