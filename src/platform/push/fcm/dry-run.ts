import type { SendResponse } from "firebase-admin/messaging";

import type { Clock } from "../../../core/clock.ts";
import type { AccessTokens } from "./access-token.ts";
import type { Endpoint } from "./connection.ts";
import type { ServiceAccount } from "./credentials.ts";
import { loadMessaging } from "./messaging.ts";
import { verdictOf } from "./outcome.ts";

export interface DryRunOptions {
  account: ServiceAccount;
  tokens: AccessTokens;
  clock: Clock;
  endpoint: Endpoint | undefined;
}

const nobody = "a-token-that-no-device-has";
const limitMilliseconds = 10_000;

/**
 * Why FCM would take no push, in a sentence; undefined where it would. It is asked about a token that cannot exist, and
 * only once it has found nothing else wrong it says that.
 */
export async function dryRun({
  account,
  tokens,
  clock,
  endpoint,
}: DryRunOptions): Promise<string | undefined> {
  const sendEach = await loadMessaging({ projectId: account.projectId, tokens, endpoint });
  const connection = sendEach([{ token: nobody, data: { type: "test" } }], true);
  const stop = clock.after(limitMilliseconds, connection.destroy);
  try {
    const [response] = (await connection.made).responses;
    const failure = connection.failure();
    if (failure !== undefined) return `fcm.googleapis.com cannot be reached (${failure}).`;
    return response && problemIn(response, account, clock.now());
  } finally {
    stop();
  }
}

function problemIn(response: SendResponse, account: ServiceAccount, now: number): string | undefined {
  const verdict = verdictOf(response, now);
  if (verdict.status === "accepted" || verdict.status === "gone") return undefined;
  if (verdict.status !== "unusable") return verdict.detail;
  const { status, data } = response.error?.httpResponse ?? {};
  const { projectId, clientEmail } = account;
  if (status === 401) {
    return `FCM does not take the access token of ${clientEmail} (HTTP 401): see in the Google Cloud console whether the service account is enabled, or make a new key.`;
  }
  if (status === 404) {
    return `FCM knows no project ${projectId} (HTTP 404): if it was deleted, make a key in another one.`;
  }
  if (isDisabled(data)) {
    return `The Firebase Cloud Messaging API is off for project ${projectId}: enable it at https://console.cloud.google.com/apis/library/fcm.googleapis.com?project=${projectId} and wait a few minutes.`;
  }
  return `${clientEmail} may not send for project ${projectId} (HTTP 403): give it the role Firebase Cloud Messaging API Admin at https://console.cloud.google.com/iam-admin/iam?project=${projectId}.`;
}

interface GoogleError {
  error?: { message?: unknown; details?: { reason?: unknown }[] };
}

/** By the reason in its google.rpc.ErrorInfo, or by its words where there is none. */
function isDisabled(data: unknown): boolean {
  const { error } = Object(data) as GoogleError;
  const details = Array.isArray(error?.details) ? error.details : [];
  const isSaid = /has not been used in project|it is disabled/.test(String(error?.message));
  return isSaid || details.some((one) => one.reason === "SERVICE_DISABLED");
}
