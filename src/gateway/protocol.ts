import { z } from "zod";

import type { ChatError } from "../core/errors.ts";
import { cursor, errorCode, fieldErrors, id } from "../core/wire.ts";

/** Why a socket is closed (RFC 6455, 7.4). 4000 to 4004 and 4009: do not come back as you are. */
export const closeCodes = {
  goingAway: 1001,
  protocolError: 1002,
  binaryFrame: 1003,
  /** Sent by Bun itself, as are most of 1002. */
  invalidUtf8: 1007,
  tooBig: 1009,
  internal: 1011,
  restarting: 1012,
  notAuthenticated: 4001,
  sessionEnded: 4003,
  tooSlow: 4008,
  replaced: 4009,
  tooMuch: 4029,
} as const;

/** In UTF-16 units. A longer one is not repeated in the answer. */
export const longestRequestId = 100;

/** Fields that any frame of a client may have. */
export const envelope = {
  request_id: z.string().max(longestRequestId).nullish().meta({ description: "Comes back in the answer." }),
};

/**
 * Frames of the gateway itself, besides events and acknowledgements; the descriptions are for the AsyncAPI document.
 */
export const serverFrames = {
  connected: z
    .object({
      user_id: id,
      session_id: id,
      cursor,
      heartbeat_s: z.int().meta({ description: "The server pings an idle socket about this often." }),
      server_version: z.string(),
    })
    .describe("The first frame: who this socket is, and where it begins."),
  resumed: z
    .object({ from: cursor, to: cursor, count: z.int().min(0) })
    .describe("Everything after the cursor has been sent; from here on it is live."),
  resync: z
    .object({
      reason: z.enum(["epoch_changed", "too_old", "bad_cursor"]),
      cursor: cursor.meta({ description: "Where live begins: reload over REST, then keep this one." }),
    })
    .describe("There is no resuming from that cursor: reload over REST. From here on it is live."),
  error: z
    .object({
      request_id: z.string().optional(),
      code: errorCode,
      detail: z.string(),
      retry_after: z.int().optional().meta({ description: "Seconds." }),
      errors: fieldErrors.optional(),
    })
    .describe("A frame was refused."),
  pong: z.object({ request_id: z.string().optional() }).describe("The answer to `ping`."),
};

export type ServerFrames = { [K in keyof typeof serverFrames]: z.input<(typeof serverFrames)[K]> };

export function encodeFrame<T extends keyof ServerFrames>(type: T, fields: ServerFrames[T]): string {
  return JSON.stringify({ type, ...fields });
}

export function encodeError(error: ChatError, requestId: string | undefined): string {
  return encodeFrame("error", {
    ...(requestId === undefined ? {} : { request_id: requestId }),
    code: error.code,
    detail: error.message,
    ...(error.retryAfter === undefined ? {} : { retry_after: error.retryAfter }),
    ...(error.errors === undefined ? {} : { errors: error.errors }),
  });
}
