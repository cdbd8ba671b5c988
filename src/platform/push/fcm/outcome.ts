import type { SendResponse } from "firebase-admin/messaging";

import type { Outcome } from "../push.ts";
import { retryAfter } from "../retry-after.ts";

/** Besides what may become of one push: what is wrong for all of them. */
export type Verdict = Outcome | { status: "unusable"; detail: string; isUnauthenticated: boolean };

/** FCM's own documentation asks for a minute where it names no time. */
const afterQuotaMilliseconds = 60_000;

/**
 * By FCM's error code in the answer, not by firebase-admin's: that is the same for an access token and for an APNs key that
 * is refused, for a device and for a project that is unknown, for another project's token and for missing permissions.
 */
export function verdictOf({ success, error }: SendResponse, now: number): Verdict {
  if (success) return { status: "accepted" };
  const answer = error?.httpResponse;
  if (!answer) return withoutAnswer(error?.code ?? "unknown error");
  const { code, fields, message } = problemIn(answer.data);
  const retryAfterMilliseconds = retryAfter(answer.headers["retry-after"], now);
  switch (code) {
    case "UNREGISTERED":
      return {
        status: "gone",
        detail: "FCM does not know this device any more: the app was removed, or has a new token.",
      };
    case "INVALID_ARGUMENT":
      return ofArgument(fields, message);
    case "SENDER_ID_MISMATCH":
      return refused("The device's token belongs to another Firebase project than the server's key.");
    case "THIRD_PARTY_AUTH_ERROR":
      return refused(
        "Apple, or the browser's push service, refuses the Firebase project's key for it: see Cloud Messaging in the project settings of the Firebase console.",
      );
    case "QUOTA_EXCEEDED":
      return later(
        "FCM takes no more for now, as a limit is exceeded.",
        retryAfterMilliseconds ?? afterQuotaMilliseconds,
      );
    default:
      return ofStatus(answer.status, retryAfterMilliseconds);
  }
}

function withoutAnswer(code: string): Verdict {
  // What firebase-admin itself does not let through.
  if (/^messaging\/(invalid|payload)/.test(code))
    return refused(`firebase-admin refuses the message (${code}).`);
  return later("The connection to FCM failed, or there was no answer in time.");
}

/** The token, or something else that this server has sent. */
function ofArgument(fields: string[], message: string): Verdict {
  if (fields.includes("message.token") || /registration token/i.test(message)) {
    return { status: "gone", detail: "What the device gave as its token is none." };
  }
  const where = fields.length > 0 ? `: ${fields.join(", ")}` : "";
  return refused(`FCM takes the message for faulty${where}.`);
}

function ofStatus(status: number, retryAfterMilliseconds: number | undefined): Verdict {
  if (status === 401) {
    return {
      status: "unusable",
      detail: "FCM does not take the access token (HTTP 401).",
      isUnauthenticated: true,
    };
  }
  if (status === 403 || status === 404) {
    const detail = `FCM does not let this server send for the project of its key (HTTP ${status}): the Firebase Cloud Messaging API is off, the service account has no role for it, or the project is gone.`;
    return { status: "unusable", detail, isUnauthenticated: false };
  }
  if (status === 429)
    return later("FCM takes no more for now (HTTP 429).", retryAfterMilliseconds ?? afterQuotaMilliseconds);
  if (status >= 400 && status < 500) return refused(`FCM refuses the message (HTTP ${status}).`);
  if (status < 400) return later(`What answers in place of FCM is something else (HTTP ${status}).`);
  return later(`FCM has a problem (HTTP ${status}).`, retryAfterMilliseconds);
}

function refused(detail: string): Verdict {
  return { status: "refused", detail };
}

function later(detail: string, retryAfterMilliseconds?: number): Verdict {
  return { status: "later", detail, ...(retryAfterMilliseconds !== undefined && { retryAfterMilliseconds }) };
}

interface GoogleError {
  error?: {
    message?: unknown;
    details?: { "@type"?: unknown; errorCode?: unknown; fieldViolations?: { field?: unknown }[] }[];
  };
}

/** FCM's error code, and which fields it is about. Only names of fields: what else is said may quote the message. */
function problemIn(data: unknown): { code: unknown; fields: string[]; message: string } {
  const { error } = Object(data) as GoogleError;
  const details = Array.isArray(error?.details) ? error.details : [];
  return {
    code: details.find((one) => String(one["@type"]).endsWith("fcm.v1.FcmError"))?.errorCode,
    fields: details
      .flatMap((one) => one.fieldViolations ?? [])
      .map(({ field }) => String(field))
      .filter((field) => /^[\w.]{1,100}$/.test(field)),
    message: String(error?.message),
  };
}
