import { z } from "zod";

import type { Command } from "../../core/feature.ts";
import { cursor } from "../../core/wire.ts";
import type { JsonSchema } from "./json-schema.ts";
import { Components } from "./json-schema.ts";

/** What the WebSocket door says of itself. */
export interface SocketContract {
  /** Frames of clients, with the fields that every frame may carry. */
  commands: readonly Command[];
  /** Durable events: those with a schema are sent. */
  events: readonly { type: string; summary: string; schema?: z.ZodObject }[];
  /** What is sent without a cursor, and not told again. */
  signals: readonly { type: string; summary: string; schema: z.ZodObject }[];
  /** What the socket itself sends. */
  serverFrames: Readonly<Record<string, z.ZodObject>>;
  closeCodes: Readonly<Record<string, number>>;
}

const summaries: Record<string, string> = {
  connected: "The first frame: who this socket is, and where it begins.",
  resumed: "Everything after the cursor has been sent; from here on it is live.",
  resync: "There is no resuming from that cursor: reload over REST. From here on it is live.",
  error: "A frame was refused.",
  pong: "The answer to `ping`.",
};

/** The AsyncAPI 3.0 document of the WebSocket, from the schemas that validate and make its frames. */
export function asyncApi(contract: SocketContract, version: string): JsonSchema {
  const components = new Components();
  const messages: Record<string, JsonSchema> = {};
  const received: string[] = [];
  const sent: string[] = [];
  const add = (
    list: string[],
    key: string,
    summary: string,
    type: string,
    schema: z.ZodObject,
    io: "input" | "output",
  ) => {
    const typed = z.object({ type: z.literal(type), ...schema.shape });
    messages[key] = { name: type, summary, payload: components.add(typed, io) };
    list.push(key);
  };
  for (const one of contract.commands) {
    add(received, one.type, one.summary, one.type, one.schema, "input");
    const answered = one.type === "ping" ? undefined : one.ack;
    if (answered) {
      const ack = z.object({ request_id: z.string(), ...answered.shape });
      add(sent, `ack_${one.type}`, `Acknowledges \`${one.type}\`.`, "ack", ack, "output");
    }
  }
  for (const [type, schema] of Object.entries(contract.serverFrames)) {
    add(sent, type, summaries[type] ?? "", type, schema, "output");
  }
  for (const { type, summary, schema } of contract.events) {
    if (schema) add(sent, type, summary, type, schema.extend({ cursor }), "output");
  }
  for (const { type, summary, schema } of contract.signals) {
    add(sent, `told_${type}`, summary, type, schema, "output");
  }
  const refer = (keys: string[]) => keys.map((key) => ({ $ref: `#/channels/socket/messages/${key}` }));
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Parley",
      version,
      license: { name: "MIT" },
      description:
        "One JSON object per text frame. Events carry a `cursor`: keep the last one you have applied, and come " +
        "back with `?since=<cursor>`. Close codes: " +
        Object.entries(contract.closeCodes)
          .map(([name, code]) => `${code} ${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`)
          .join(", ") +
        ".",
    },
    channels: {
      socket: {
        address: "/ws",
        description:
          "Authenticate with the Authorization header, the subprotocols `chat.v1, bearer.<access_token>`, " +
          "`?ticket=` from POST /api/auth/ws-ticket, or the token as last part of the path.",
        messages,
      },
    },
    operations: {
      receive: {
        action: "receive",
        channel: { $ref: "#/channels/socket" },
        summary: "What clients send.",
        messages: refer(received),
      },
      send: {
        action: "send",
        channel: { $ref: "#/channels/socket" },
        summary: "What the server sends.",
        messages: refer(sent),
      },
    },
    components: { schemas: components.schemas },
  };
}
