import { z } from "zod";

import { type ErrorCode, catalogue, ChatError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { errorCode, fieldErrors } from "../core/wire.ts";
import { toRefusal } from "../core/refusal.ts";

/** The body of every refusal (RFC 9457). */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    code: errorCode,
    request_id: z.string(),
    errors: fieldErrors.optional(),
    retry_after: z.int().optional().meta({ description: "Seconds." }),
  })
  .meta({ id: "Problem" });

/** An error as RFC 9457 has it (`application/problem+json`), with the catalogue's code. */
export function problem(error: ChatError, requestId: string): Response {
  const headers = new Headers({ "Content-Type": "application/problem+json", "Cache-Control": "no-store" });
  if (error.status === 401) headers.set("WWW-Authenticate", "Bearer");
  if (error.status === 426) headers.set("Upgrade", "websocket");
  if (error.retryAfter !== undefined) headers.set("Retry-After", String(error.retryAfter));
  const body: z.infer<typeof Problem> = {
    type: `urn:parley:error:${error.code}`,
    title: titleOf(error.code),
    status: error.status,
    detail: error.message,
    code: error.code,
    request_id: requestId,
    ...(error.errors ? { errors: error.errors } : {}),
    ...(error.retryAfter === undefined ? {} : { retry_after: error.retryAfter }),
  };
  return new Response(JSON.stringify(body), { status: error.status, headers });
}

function titleOf(code: ErrorCode): string {
  return catalogue[code][2];
}

/** The answer to whatever a call has thrown. */
export function refuse(log: Log, error: unknown, requestId: string): Response {
  return problem(toRefusal(error, log, "a request", { request_id: requestId }), requestId);
}
