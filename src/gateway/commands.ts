import { z } from "zod";

import { ChatError } from "../core/errors.ts";
import { type Command, command } from "../feature.ts";
import { type JsonLimits, outermostString, parseJson } from "../core/json.ts";
import { validate } from "../core/validate.ts";
import { cursor } from "../core/wire.ts";
import { envelope, longestRequestId } from "./protocol.ts";

/** A frame that has arrived, ready to run; or why it cannot. */
export type Incoming =
  | { requestId: string | undefined; command: Command; input: object }
  | { requestId: string | undefined; error: unknown };

/** The frames that concern the socket itself; the connection runs them. */
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

/** Finds and validates what a text frame asks for. Never throws. */
export function readFrame(table: CommandTable, text: string, limits: JsonLimits): Incoming {
  let requestId: string | undefined;
  try {
    const frame = parseJson(text, limits);
    if (typeof frame !== "object" || frame === null || Array.isArray(frame)) {
      throw new ChatError("malformed_json", "A frame is one JSON object.");
    }
    const { type, request_id } = frame as Record<string, unknown>;
    // Before anything is refused, so that whoever asked knows which of their frames it was.
    requestId = toRequestId(request_id);
    const found = typeof type === "string" ? table.get(type) : undefined;
    if (!found) {
      const errors = [{ path: "type", message: "is not a type of frame that this server knows" }];
      throw new ChatError("validation", undefined, { errors });
    }
    return { requestId, command: found, input: validate(found.schema, frame) };
  } catch (error) {
    // One that has too much in it is not parsed at all, but is some frame, too.
    return { requestId: requestId ?? toRequestId(outermostString(text, "request_id")), error };
  }
}

function toRequestId(given: unknown): string | undefined {
  return typeof given === "string" && given.length <= longestRequestId ? given : undefined;
}
