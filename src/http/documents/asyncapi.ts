import { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "zod";

import type { Command } from "../../feature.ts";
import { cursor } from "../../core/wire.ts";
import { channels } from "./asyncapi-channels.ts";
import { exampleOf } from "./example.ts";
import type { Json } from "./json.ts";

/** What the AsyncAPI document describes. */
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

/** A frame in the document; `key` names it there. */
interface Message {
  key: string;
  type: string;
  summary: string;
  schema: z.ZodObject;
}

/** The AsyncAPI 3.0 document of the WebSocket, from the schemas that validate and make its frames. */
export function asyncApi(contract: SocketContract, version: string): Json {
  const received = contract.commands.map((one): Message => ({ ...one, key: one.type }));
  const sent = sentBy(contract);
  const { messages, schemas } = components([...received, ...sent]);
  return {
    asyncapi: "3.0.0",
    defaultContentType: "application/json",
    info: info(contract, version),
    servers,
    channels: channels(Object.keys(messages)),
    operations: operations(received, sent),
    components: { messages, schemas, securitySchemes },
  };
}

function sentBy(contract: SocketContract): Message[] {
  const frames = Object.entries(contract.serverFrames).map(([type, schema]): Message => ({
    key: type,
    type,
    summary: schema.description ?? "",
    schema,
  }));
  const acks = contract.commands.flatMap(acknowledgement);
  const events = contract.events.flatMap(({ type, summary, schema }): Message[] =>
    schema ? [{ key: type, type, summary, schema: schema.extend({ cursor }) }] : [],
  );
  const signals = contract.signals.map((one): Message => ({ ...one, key: `told_${one.type}` }));
  return [...frames, ...acks, ...events, ...signals];
}

function acknowledgement({ type, ack }: Command): Message[] {
  if (type === "ping") return [];
  const schema = z.object({ request_id: z.string(), ...ack.shape });
  return [{ key: `ack_${type}`, type: "ack", summary: `Acknowledges \`${type}\`.`, schema }];
}

/** The messages, and the schemas of their payloads by name: `NewMessageFrame` is the one of `new_message`. */
function components(all: Message[]): { messages: Record<string, Json>; schemas: unknown } {
  const { openAPIRegistry, getOpenAPI31Document } = new OpenAPIHono();
  const messages: Record<string, Json> = {};
  for (const { key, type, summary, schema } of all) {
    const name = `${key.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Frame`;
    openAPIRegistry.register(name, z.object({ type: z.literal(type), ...schema.shape }));
    messages[key] = {
      name: type,
      title: name,
      summary,
      payload: { $ref: `#/components/schemas/${name}` },
      examples: [{ payload: { type, ...(exampleOf(schema) as object) } }],
    };
  }
  const { components } = getOpenAPI31Document({ openapi: "3.1.0", info: { title: "", version: "" } });
  return { messages, schemas: components?.schemas };
}

function info({ closeCodes }: SocketContract, version: string): Json {
  const codes = Object.entries(closeCodes).map(
    ([name, code]) => `${code} ${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`,
  );
  return {
    title: "Parley",
    version,
    license: { name: "MIT" },
    description:
      "One JSON object per text frame. Events carry a `cursor`: keep the last one you have applied, and come " +
      `back with \`?since=<cursor>\`. Close codes: ${codes.join(", ")}.`,
    tags: [{ name: "chat", description: "What clients send, and what the server tells them." }],
  };
}

const security = [{ $ref: "#/components/securitySchemes/token" }];

const servers: Json = {
  local: {
    host: "127.0.0.1:8000",
    protocol: "ws",
    description: "On the same machine, as the server begins.",
    security,
  },
  public: {
    host: "{host}",
    protocol: "wss",
    description: "Behind a proxy with TLS.",
    variables: { host: { default: "chat.example.org", description: "The host of PUBLIC_URL." } },
    security,
  },
};

const securitySchemes: Json = {
  token: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description:
      "The access token of a session, or a ticket for it: the description of the channel says how.",
  },
};

function operations(received: readonly Message[], sent: readonly Message[]): Json {
  const receiving = received.map(({ key, summary }) => {
    const replies = refer([key === "ping" ? "pong" : `ack_${key}`, "error"]);
    const reply = { channel: socket, messages: replies };
    return [key, { action: "receive", channel: socket, summary, messages: refer([key]), reply }] as const;
  });
  return {
    ...Object.fromEntries(receiving),
    tell: {
      action: "send",
      channel: socket,
      summary: "What the server sends.",
      messages: refer(sent.map(({ key }) => key)),
    },
  };
}

const socket = { $ref: "#/channels/socket" };

function refer(keys: string[]) {
  return keys.map((key) => ({ $ref: `#/channels/socket/messages/${key}` }));
}
