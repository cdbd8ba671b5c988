import { randomUUID } from "node:crypto";

/** What is answered to a request; "never" is no answer before the server stops. */
export type Answer = (() => Response) | "never";

/** FCM's answers, as its reference has them. */
export const fcmAnswers = {
  accepted: () => Response.json({ name: `projects/parley-test/messages/${randomUUID()}` }),
  unregistered: problem(404, "NOT_FOUND", "Requested entity was not found.", "UNREGISTERED"),
  noToken: problem(
    400,
    "INVALID_ARGUMENT",
    "The registration token is not a valid FCM registration token",
    "INVALID_ARGUMENT",
  ),
  invalidArgument: problem(
    400,
    "INVALID_ARGUMENT",
    "Invalid value at 'message', \"secret\"",
    "INVALID_ARGUMENT",
    [
      {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        fieldViolations: [{ field: "message.android.ttl" }, { field: "message.data['secret']" }],
      },
    ],
  ),
  senderIdMismatch: problem(403, "PERMISSION_DENIED", "SenderId mismatch", "SENDER_ID_MISMATCH"),
  noApnsKey: problem(
    401,
    "UNAUTHENTICATED",
    "Auth error from APNS or Web Push Service",
    "THIRD_PARTY_AUTH_ERROR",
  ),
  quota: problem(429, "RESOURCE_EXHAUSTED", "Quota exceeded", "QUOTA_EXCEEDED", [], { "retry-after": "120" }),
  internal: problem(500, "INTERNAL", "Internal error encountered.", "INTERNAL"),
  unavailable: problem(503, "UNAVAILABLE", "The service is currently unavailable.", "UNAVAILABLE"),
  unauthenticated: problem(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
  apiIsOff: problem(403, "PERMISSION_DENIED", "Firebase Cloud Messaging API has not been used in project 1."),
  apiIsDisabled: problem(403, "PERMISSION_DENIED", "Not usable.", undefined, [
    { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "SERVICE_DISABLED" },
  ]),
  noPermission: problem(
    403,
    "PERMISSION_DENIED",
    "Permission 'cloudmessaging.messages.create' denied on resource (or it may not exist).",
  ),
  noProject: problem(404, "NOT_FOUND", "Requested entity was not found."),
} satisfies Record<string, Answer>;

/** Answers of no use, by whoever it is. */
export const oddAnswers = {
  endless: () =>
    new Response(new ReadableStream({ pull: (to) => to.enqueue(Buffer.alloc(16_384, " ")) }), {
      headers: { "content-type": "application/json" },
    }),
  page: () => new Response("<h1>Sign in to this network</h1>", { headers: { "content-type": "text/html" } }),
} satisfies Record<string, Answer>;

function problem(
  code: number,
  status: string,
  message: string,
  errorCode?: string,
  more: object[] = [],
  headers: Record<string, string> = {},
): () => Response {
  const type = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
  const details = [...(errorCode ? [{ "@type": type, errorCode }] : []), ...more];
  return () => Response.json({ error: { code, message, status, details } }, { status: code, headers });
}
