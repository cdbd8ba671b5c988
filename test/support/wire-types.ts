/** The types of the protocol for clients, from the server's documents. `bun test/support/reference.ts` writes them. */
import { isDeepStrictEqual } from "node:util";

import { declaration, type Field, type Json, object, referred, typeOf, union } from "./schema-types.ts";

/** Where they are kept. */
export const wireFile = "src/client/sdk/wire.ts";

/** Both documents, as the server serves them. */
interface Documents {
  openApi: Json;
  asyncApi: Json;
}

/** What `wireFile` has to contain. */
export function wireText(documents: Documents): Promise<string> {
  const formatter = Bun.spawn([process.execPath, "fmt", `--stdin-filepath=${wireFile}`], {
    cwd: `${import.meta.dir}/../..`,
    stdin: new Blob([wireTypes(documents)]),
  });
  return formatter.stdout.text();
}

/** Not formatted. */
export function wireTypes({ openApi, asyncApi }: Documents): string {
  const messages: Json[] = Object.values(asyncApi["components"].messages);
  const summaries = new Map(messages.map((one) => [referred(one["payload"]), one["summary"]]));
  return [
    "/** The types of the protocol. `bun test/support/reference.ts` writes them from the server's documents. */\n",
    ...Object.entries(schemasOf(openApi, asyncApi)).map(([name, schema]) =>
      declaration(name, schema, summaries.get(name)),
    ),
    `/** The REST calls. In \`answer\`, "file" is the bytes of one. */
    export interface Calls ${object(calls(openApi["paths"]))}\n`,
    ...frames(asyncApi),
  ].join("\n");
}

function schemasOf(...documents: Json[]): Record<string, Json> {
  const schemas: Record<string, Json> = {};
  for (const [name, schema] of documents.flatMap((one) => Object.entries<Json>(one["components"].schemas))) {
    if (!isDeepStrictEqual((schemas[name] ??= schema), schema))
      throw new Error(`there are two kinds of ${name}`);
  }
  return schemas;
}

function calls(paths: Record<string, Json>): Field[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      description: operation["summary"],
      type: object([
        ...parameters("path", operation),
        ...parameters("query", operation),
        ...body(operation["requestBody"]),
        { name: "answer", type: answer(operation["responses"]) },
      ]),
    })),
  );
}

/** Headers are left out: they are those of HTTP itself. */
function parameters(place: "path" | "query", operation: Json): Field[] {
  const those = (operation["parameters"] ?? []).filter((one: Json) => one["in"] === place) as Json[];
  if (those.length === 0) return [];
  const fields = those.map((one) => ({
    name: one["name"] as string,
    isRequired: one["required"] as boolean,
    type: typeOf(one["schema"]),
    description: one["description"] ?? one["schema"].description,
  }));
  return [{ name: place, isRequired: fields.some((one) => one.isRequired), type: object(fields) }];
}

const bodies: Record<string, string> = { "application/json": "body", "multipart/form-data": "form" };

function body(requestBody: Json | undefined): Field[] {
  return Object.entries<Json>(requestBody?.["content"] ?? {}).map(([type, { schema }]) => {
    const name = bodies[type];
    if (!name) throw new Error(`no type for a body of ${type}`);
    return { name, isRequired: requestBody?.["required"] === true, type: typeOf(schema) };
  });
}

function answer(responses: Record<string, Json>): string {
  const good = Object.entries(responses).filter(([status]) => status.startsWith("2"));
  return union(
    good.flatMap(([, { content }]) => {
      if (!content) return ["undefined"];
      return Object.entries<Json>(content).map(([type, { schema }]) =>
        type === "application/json" ? typeOf(schema) : '"file"',
      );
    }),
  );
}

/** These have cursors, too, but tell of the socket. */
const ofSocket = ["connected", "resync"];

function frames({ components, operations }: Json): string[] {
  const { messages, schemas } = components as Record<string, Json>;
  const { tell, ...received } = operations as Record<string, Json>;
  const payload = (reference: Json) => referred(messages![referred(reference)].payload);
  const acks: string[] = [];
  const commands = Object.entries(received).map(
    ([
      name,
      {
        summary,
        messages: [frame],
        reply,
      },
    ]) => {
      const ack = payload(reply.messages[0]);
      acks.push(ack);
      // The rest of the frame is added where it is sent.
      const fields = `Omit<${payload(frame)}, "type" | "request_id">`;
      const type = object([
        { name: "fields", type: fields },
        { name: "ack", type: ack },
      ]);
      return { name, type, description: summary };
    },
  );
  const told = (tell!["messages"] as Json[])
    .map((one) => ({ name: messages![referred(one)].name as string, type: payload(one) }))
    .filter(({ type }) => !acks.includes(type));
  const { durable = [], passing = [] } = Object.groupBy(told, ({ name, type }) =>
    "cursor" in schemas![type].properties && !ofSocket.includes(name) ? "durable" : "passing",
  );
  const others = passing.map(({ type }) => type);
  return [
    `/** What clients send, by type: its fields, and the frame that acknowledges it. */
    export interface Commands ${object(commands)}\n`,
    `/** What is told again to those who were away, by type. */
    export interface Events ${object(durable)}\n`,
    `/** Whatever the server sends. */
    export type ServerFrame = ${union([`Commands[keyof Commands]["ack"]`, "Events[keyof Events]", ...others])};\n`,
  ];
}
