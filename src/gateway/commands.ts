import { z } from "zod";

import { ChatError } from "../core/errors.ts";
import { type Command, command } from "../feature.ts";
import { type JsonLimits, outermostString, parseJson } from "../core/json.ts";
import { validate } from "../core/validate.ts";
import { cursor } from "../core/wire.ts";
import { envelope, longestRequestId } from "./protocol.ts";

/** A frame that has arrived: its command and input, or the error that it is refused with. */
export type Incoming =
  | { requestId: string | undefined; command: Command; input: object }
  | { requestId: string | undefined; error: unknown };

/** Commands about the socket itself, which the connection runs. */
export const socketCommands = {
  resume: command({
    type: "resume",
    summary: "Replay what happened after a cursor, then go on live.",
    schema: z.object({ cursor }),
    ack: z.object({}),
    errors: [],
    run: async () => ({}),
  }),
  ping: command({
    type: "ping",
    summary: "Ask for a pong.",
    schema: z.object({}),
    ack: z.object({}),
    errors: [],
    run: async () => ({}),
  }),
};

export type CommandTable = ReadonlyMap<string, Command>;

export function commandTable(commands: readonly Command[]): CommandTable {
  return new Map(
    [...Object.values(socketCommands), ...commands].map((one) => [
      one.type,
      { ...one, schema: one.schema.extend(envelope).meta(one.schema.meta() ?? {}) },
    ]),
  );
}

/** Parses a text frame, finds its command and validates its fields. Never throws. */
export function readFrame(table: CommandTable, text: string, limits: JsonLimits): Incoming {
  let requestId: string | undefined;
  try {
    const frame = parseJson(text, limits);
    if (typeof frame !== "object" || frame === null || Array.isArray(frame)) {
      throw new ChatError("malformed_json", "A frame is one JSON object.");
    }
    const { type, request_id } = frame as Record<string, unknown>;
    // Before anything is refused, so that a refusal names the frame.
    requestId = toRequestId(request_id);
    const found = typeof type === "string" ? table.get(type) : undefined;
    if (!found) {
      const errors = [{ path: "type", message: "is not a type of frame that this server knows" }];
      throw new ChatError("validation", undefined, { errors });
    }
    return { requestId, command: found, input: validate(found.schema, frame) };
  } catch (error) {
    // A frame over the limits is not parsed, but its refusal names it, too.
    return { requestId: requestId ?? toRequestId(outermostString(text, "request_id")), error };
  }
}

function toRequestId(given: unknown): string | undefined {
  return typeof given === "string" && given.length <= longestRequestId ? given : undefined;
}
