import type { Outcome } from "../push.ts";
import { retryAfter } from "../retry-after.ts";
import { ForbiddenAddress } from "./addresses.ts";
import { type Answer, mostSeconds, NoAnswer } from "./post.ts";

/** What has become of a push by what the service answered (RFC 8030, 5). */
export function outcomeOf(answer: Answer, host: string, now: number): Outcome {
  const { status } = answer;
  const detail = `${host} answered ${status}`;
  if (status >= 200 && status < 300) return { status: "accepted" };
  if (status === 404 || status === 410)
    return { status: "gone", detail: `${detail}: the subscription is over.` };
  if (status === 408 || status === 429 || status >= 500) {
    const retryAfterMilliseconds = retryAfter(answer.retryAfter, now);
    return { status: "later", detail: `${detail}.`, retryAfterMilliseconds };
  }
  if (status === 401 || status === 403) {
    const why =
      "this server's VAPID token is not taken. Check PUSH_CONTACT, the clock, and that vapid.key is the same as before.";
    return { status: "refused", detail: `${detail}: ${why}` };
  }
  if (status < 400) return { status: "refused", detail: `${detail}, but redirects are not followed.` };
  return { status: "refused", detail: `${detail}.` };
}

/** What has become of a push that brought no answer. */
export function outcomeOfError(error: unknown, host: string): Outcome {
  if (error instanceof ForbiddenAddress) {
    // Not for ever: while the line is down, some routers lead every name to themselves.
    const detail = `${host} leads to an address that is not public, and is not in PUSH_ALLOWED_HOSTS.`;
    return { status: "later", detail };
  }
  if (error instanceof NoAnswer) {
    return { status: "later", detail: `${host} gave no answer, or not within ${mostSeconds} s.` };
  }
  const code = String((error as NodeJS.ErrnoException).code);
  return { status: "later", detail: `${host} ${reasonOf(code)} (${code}).` };
}

function reasonOf(code: string): string {
  if (/^(ENOTFOUND|EAI_|DNS_|ENODATA|ESERVFAIL|ETIMEOUT)/.test(code)) return "cannot be resolved";
  if (code === "ECONNREFUSED") return "refuses connections";
  if (/CERT|SIGNATURE|SSL|TLS/.test(code)) return "has no valid certificate";
  return "cannot be reached";
}
