import type { TokenMessage } from "firebase-admin/messaging";

import type { Clock } from "../../../core/clock.ts";
import { type Outcome, type Push, type PushService, PushUnavailable } from "../push.ts";
import { accessTokens } from "./access-token.ts";
import type { Connection, Endpoint } from "./connection.ts";
import type { ServiceAccount } from "./credentials.ts";
import { type Encrypt, fcmMessage } from "./message.ts";
import { loadMessaging, type MessagingOptions, type SendEach } from "./messaging.ts";
import { type Verdict, verdictOf } from "./outcome.ts";

export interface FcmOptions {
  account: ServiceAccount;
  encryptFor: Encrypt;
  clock: Clock;
  /** For tests: where FCM is instead. */
  endpoint?: Endpoint | undefined;
}

/** Each call is a connection of its own, on which FCM takes 100 requests at a time; more are refused, not queued. */
const atOnce = 100;
const lanes = 2;
/** Besides what the access token may take. firebase-admin's own limit does not work with Bun. */
const limitMilliseconds = 20_000;

/** Google's Firebase Cloud Messaging, for apps on Android and iOS, and web apps made with Firebase. */
export function openFcm(options: FcmOptions): PushService & { close(): void } {
  const { account, clock, endpoint, encryptFor } = options;
  const tokens = accessTokens({ account, clock, ca: endpoint?.ca });
  const open = new Set<Connection<unknown>>();
  const prepare = preparation({ projectId: account.projectId, tokens, endpoint });

  async function deliver(messages: TokenMessage[]): Promise<Outcome[]> {
    if (messages.length === 0) return [];
    const sendEach = await prepare();
    const connection = sendEach(messages);
    open.add(connection);
    const stop = clock.after(limitMilliseconds, connection.destroy);
    try {
      const { responses } = await connection.made;
      const verdicts = responses.map((one) => verdictOf(one, clock.now()));
      if (verdicts.some(isUnauthenticated)) tokens.forget();
      return toOutcomes(verdicts, connection.failure());
    } finally {
      stop();
      open.delete(connection);
    }
  }

  return {
    name: "fcm",
    atOnce,
    lanes,
    perPerson: Infinity,
    ready: async () => void (await prepare()),
    async send(pushes) {
      const made = pushes.map((push) => messageOf(push, encryptFor, clock.now()));
      const delivered = (await deliver(made.filter(isMessage))).values();
      return made.map((one) => (isMessage(one) ? (delivered.next().value ?? unanswered) : one));
    },
    close() {
      for (const connection of open) connection.destroy();
    },
  };
}

/** All that takes time before a send: the access token and, once, the library. */
function preparation(options: MessagingOptions): () => Promise<SendEach> {
  let loading: Promise<SendEach> | undefined;
  return async () => {
    await options.tokens.get();
    loading ??= loadMessaging(options);
    return loading;
  };
}

const unanswered: Outcome = { status: "later", detail: "FCM has not answered." };

/** What is to be sent, or what becomes of it without. */
function messageOf(push: Push, encryptFor: Encrypt, now: number): TokenMessage | Outcome {
  try {
    return fcmMessage(push, encryptFor, now) ?? { status: "accepted" };
  } catch {
    return { status: "refused", detail: "Nothing can be encrypted with the keys that the device gave." };
  }
}

function isMessage(one: TokenMessage | Outcome): one is TokenMessage {
  return "token" in one;
}

function isUnauthenticated(one: Verdict): boolean {
  return one.status === "unusable" && one.isUnauthenticated;
}

/** What is wrong for all is no push's fault, unless some came through meanwhile. Errors: PushUnavailable. */
function toOutcomes(verdicts: Verdict[], failure: string | undefined): Outcome[] {
  if (failure !== undefined && verdicts.every(({ status }) => status === "later")) {
    throw new PushUnavailable(`fcm.googleapis.com cannot be reached (${failure}).`);
  }
  const unusable = verdicts.filter((one) => one.status === "unusable");
  const [first] = unusable;
  if (first && unusable.length === verdicts.length) throw new PushUnavailable(first.detail);
  return verdicts.map((one) => (one.status === "unusable" ? { status: "later", detail: one.detail } : one));
}
