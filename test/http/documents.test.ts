import { afterAll, expect, test } from "bun:test";
import Ajv2020 from "ajv/dist/2020.js";

import { catalogue } from "../../src/core/errors.ts";
import { TestServer } from "../support/server.ts";

type Json = Record<string, any>;

const server = await TestServer.start();
afterAll(() => server[Symbol.asyncDispose]());
const { openApi, asyncApi }: { openApi: Json; asyncApi: Json } = server.api.contract;

/** Every object inside a document, with where it is. */
function* objects(value: unknown, path = "#"): Iterable<[path: string, object: Json]> {
  if (typeof value !== "object" || value === null) return;
  yield [path, value as Json];
  for (const [key, inner] of Object.entries(value)) yield* objects(inner, `${path}/${key}`);
}

function operations(openApi: Json): [name: string, operation: Json][] {
  return Object.entries(openApi["paths"] as Json).flatMap(([path, methods]) =>
    Object.entries(methods as Json).map(([method, one]): [string, Json] => [
      `${method} ${path}`,
      one as Json,
    ]),
  );
}

test("both documents name their version, and every reference in them leads somewhere", () => {
  expect(openApi["openapi"]).toBe("3.1.0");
  expect(asyncApi["asyncapi"]).toBe("3.0.0");
  for (const document of [openApi, asyncApi]) {
    expect(document["info"]).toMatchObject({ title: "Parley", license: { name: "MIT" } });
    const references = [...objects(document)].filter(([, one]) => typeof one["$ref"] === "string");
    expect(references.length).toBeGreaterThan(10);
    for (const [path, { $ref }] of references) {
      const target = ($ref as string)
        .slice(2)
        .split("/")
        .reduce<Json | undefined>((at, key) => at?.[key] as Json | undefined, document);
      expect({ path, $ref, found: typeof target }).toEqual({ path, $ref, found: "object" });
    }
  }
});

test("every schema is one (JSON Schema 2020-12)", () => {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, validateFormats: false });
  const parts = [
    ...Object.values(openApi["components"].schemas as Json),
    ...Object.values(asyncApi["components"].schemas as Json),
    ...[...objects(openApi["paths"])].flatMap(([, one]) => (one["schema"] ? [one["schema"] as Json] : [])),
  ];
  expect(parts.length).toBeGreaterThan(60);
  for (const schema of parts) {
    expect({ schema, valid: ajv.validateSchema(schema) }).toEqual({ schema, valid: true });
  }
});

test("clients that were made from the documents go on with a server that says more, and with large ids", () => {
  for (const document of [openApi, asyncApi]) {
    const all = [...objects(document)];
    expect(all.filter(([, one]) => one["additionalProperties"] === false)).toEqual([]);
    expect(all.filter(([, one]) => one["unevaluatedProperties"] === false)).toEqual([]);
    const times = all.filter(([, one]) => one["format"] === "date-time");
    expect(times.length).toBeGreaterThan(5);
    expect(times.filter(([, one]) => "pattern" in one)).toEqual([]);
    const large = all.filter(([, one]) => one["maximum"] > 2 ** 31 - 1);
    expect(large.length).toBeGreaterThan(20);
    expect(large.filter(([, one]) => one["format"] !== "int64")).toEqual([]);
  }
});

test("what a server says beyond its documents the tests do not let pass, however deep it is", async () => {
  const { contract } = server.api;
  const alice = await server.register("alice");
  const chat = await alice.group("Team");
  const path = `/api/chats/${chat}`;
  const { body } = await alice.get(path);
  const check = (answer: unknown) => () => contract.checkAnswer("GET", path, 200, "application/json", answer);
  expect(check(body)).not.toThrow();
  expect(check({ ...body, more: 1 })).toThrow("additional");
  expect(check({ ...body, members: [{ ...body.members[0], more: 1 }] })).toThrow("additional");
  expect(check({ ...body, last_message: { ...body.last_message, more: 1 } })).toThrow("additional");
  const frame = { type: "message_updated", cursor: "c", message: body.last_message };
  expect(() => contract.checkFrame(frame)).not.toThrow();
  expect(() => contract.checkFrame({ ...frame, more: 1 })).toThrow("additional");
  expect(() => contract.checkFrame({ ...frame, message: { ...frame.message, more: 1 } })).toThrow(
    "additional",
  );
});

test("choices that will grow are open for clients, and closed for the tests", () => {
  const schemas = openApi["components"].schemas as Json;
  for (const name of ["ErrorCode", "SystemEvent", "NotificationType"]) {
    expect(Object.keys(schemas[name])).not.toContain("enum");
    expect(schemas[name]["x-extensible-enum"].length).toBeGreaterThan(2);
  }
  const { contract } = server.api;
  const frame = { type: "error", code: "not_found", detail: "There is nothing." };
  expect(() => contract.checkFrame(frame)).not.toThrow();
  expect(() => contract.checkFrame({ ...frame, code: "unheard_of" })).toThrow("allowed values");
});

/** Every call that clients are promised. */
const calls = `
  get / | get /health | get /api/status | get /openapi.json | get /asyncapi.json
  post /api/auth/register | post /api/auth/login | post /api/auth/refresh | post /api/auth/logout
  post /api/auth/ws-ticket | get /api/auth/sessions | delete /api/auth/sessions/{session_id}
  get /api/auth/me | put /api/auth/me | post /api/auth/password
  get /api/users/search | get /api/users/{user_id} | get /api/users
  get /api/chats | post /api/chats/direct | post /api/chats/group
  get /api/chats/{chat_id} | put /api/chats/{chat_id} | delete /api/chats/{chat_id}
  get /api/chats/{chat_id}/messages/{message_id} | get /api/chats/{chat_id}/media
  get /api/chats/{chat_id}/members | post /api/chats/{chat_id}/members
  put /api/chats/{chat_id}/members/{user_id} | delete /api/chats/{chat_id}/members/{user_id}
  put /api/chats/{chat_id}/me
  get /api/messages/{id} | post /api/messages/{id} | put /api/messages/{id} | delete /api/messages/{id}
  get /api/messages/search | post /api/messages/{message_id}/read | post /api/messages/{message_id}/delivered
  get /api/messages/{message_id}/receipts | get /api/messages/{message_id}/reactions
  put /api/messages/{message_id}/reactions/{emoji} | delete /api/messages/{message_id}/reactions/{emoji}
  post /api/encryption/generate-keys | post /api/encryption/confirm | post /api/encryption/encrypt | post /api/encryption/decrypt | post /api/encryption/public-keys
  get /api/encryption/public-key | put /api/encryption/public-key | get /api/encryption/public-key/{user_id}
  get /api/encryption/keychain | put /api/encryption/keychain
  get /api/chats/{chat_id}/encryption | post /api/chats/{chat_id}/encryption
  get /api/chats/{chat_id}/encryption/members
  get /api/chats/{chat_id}/encryption/epochs | post /api/chats/{chat_id}/encryption/epochs
  get /api/chats/{chat_id}/encryption/grants | post /api/chats/{chat_id}/encryption/grants
  get /api/notifications | get /api/notifications/mentions | get /api/notifications/count
  post /api/notifications/{notification_id}/read | post /api/notifications/mentions/{mention_id}/read
  post /api/notifications/read-all
  get /api/notifications/settings | put /api/notifications/settings | get /api/notifications/web-push-key
  post /api/notifications/web-push-subscriptions | post /api/notifications/test
  delete /api/notifications/web-push-subscriptions/{subscription_id}
  post /api/auth/device-token | delete /api/auth/device-token/{device_id}
post /api/media/upload | post /api/media/upload/{message_id} | get /api/media/{media_id} | delete /api/media/{media_id}
get /api/media/{media_id}/thumbnail | get /api/media/{media_id}/info | get /api/avatars/{avatar_id}
put /api/auth/me/avatar | put /api/chats/{chat_id}/avatar`
  .split(/[|\n]/)
  .map((one) => one.trim())
  .filter(Boolean);

test("every call is documented, and no other", () => {
  const documented = operations(openApi).map(([name]) => name);
  expect(documented.toSorted()).toEqual(calls.toSorted());
});

test("every operation has a name of its own, its parameters and its refusals", () => {
  const all = operations(openApi);
  expect(new Set(all.map(([, one]) => one["operationId"])).size).toBe(all.length);
  for (const [name, one] of all) {
    const inPath = [...name.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
    const declared = (one["parameters"] ?? []).filter((parameter: Json) => parameter["in"] === "path");
    expect(declared.map((parameter: Json) => parameter["name"])).toEqual(inPath);
    const statuses = Object.keys(one["responses"]);
    const expected = ["400", "429", "500", "503"];
    if (one["security"].length > 0) expected.push("401");
    if (one["requestBody"]) expected.push("413", "415", "422");
    expect({ name, statuses }).toEqual({ name, statuses: expect.arrayContaining(expected) });
    expect(one["summary"]).not.toBe("");
  }
});

test("the catalogue of errors is complete, and every status is the one that is answered", () => {
  const codes = openApi["x-error-codes"] as Record<string, { status: number; retry: boolean; title: string }>;
  expect(Object.keys(codes).toSorted()).toEqual(Object.keys(catalogue).toSorted());
  expect(openApi["components"].schemas.ErrorCode["x-extensible-enum"].toSorted()).toEqual(
    Object.keys(codes).toSorted(),
  );
  for (const [, operation] of operations(openApi)) {
    for (const [status, response] of Object.entries(operation["responses"] as Json)) {
      if (Number(status) < 400 || response.content["application/json"]) continue;
      const named = [...response.description.matchAll(/`(\w+)`:/g)].map((match) => match[1] as string);
      expect(named.length).toBeGreaterThan(0);
      for (const code of named) expect(codes[code]?.status).toBe(Number(status));
    }
  }
});

test("every command and event of the socket is documented with a summary", () => {
  const messages = asyncApi["components"].messages as Json;
  const operations = Object.entries<Json>(asyncApi["operations"]);
  const names = (action: string) =>
    operations
      .filter(([, one]) => one["action"] === action)
      .flatMap(([, one]) => one["messages"].map(({ $ref }: Json) => messages[$ref.split("/").at(-1)].name));
  const writing = ["send_message", "edit_message", "delete_message"];
  const marking = ["message_delivered", "message_read"];
  const showing = ["typing_start", "typing_stop", "join_chat", "leave_chat"];
  const commands = [...writing, ...marking, ...showing, "resume", "ping"];
  expect(names("receive").toSorted()).toEqual(commands.toSorted());
  const frames = ["connected", "resumed", "resync", "error", "pong", "ack"];
  const ofMessages = [
    "new_message",
    "message_updated",
    "message_deleted",
    "message_status",
    "chat_read",
    "reaction_updated",
  ];
  const ofChats = ["chat_created", "chat_updated", "chat_removed"];
  const ofMembers = ["member_added", "member_updated", "member_removed", "user_updated"];
  const ofNotifications = ["notification", "mention_notification", "notifications_read"];
  const signals = ["typing_start", "typing_stop", "user_status"];
  const ofEncryption = [
    "encryption_key_changed",
    "encryption_membership",
    "encryption_epoch",
    "encryption_rekey_required",
    "encryption_grant",
  ];
  const told = [
    ...frames,
    ...ofMessages,
    ...ofChats,
    ...ofMembers,
    ...ofEncryption,
    ...ofNotifications,
    ...signals,
  ];
  expect(new Set(names("send"))).toEqual(new Set(told));
  for (const one of Object.values(messages)) expect(one.summary).not.toBe("");
});

// For those who generate clients

test("every parameter and every group of calls is described", () => {
  const tags = openApi["tags"] as Json[];
  for (const { description } of tags) expect(description).toMatch(/\.$/);
  const used = new Set<string>();
  for (const [name, one] of operations(openApi)) {
    for (const tag of one["tags"]) used.add(tag);
    for (const parameter of one["parameters"] ?? []) {
      expect([name, parameter.name, parameter.description]).toEqual([
        name,
        parameter.name,
        expect.stringMatching(/\.$/),
      ]);
    }
  }
  expect([...used].toSorted()).toEqual(tags.map(({ name }) => name).toSorted());
  expect(openApi["servers"]).toEqual([{ url: "/", description: expect.any(String) }]);
});

test("a limit says what it is where none is given", () => {
  const limits = operations(openApi).flatMap(([, one]) =>
    ((one["parameters"] ?? []) as Json[]).filter(({ name }) => name === "limit"),
  );
  expect(limits.length).toBeGreaterThan(5);
  for (const { schema } of limits)
    expect(schema).toMatchObject({ type: "integer", default: 50, maximum: 100 });
});

test("ids and sizes have 64 bits, wherever they stand", () => {
  const whole = (one: Json) => [one["type"]].flat().includes("integer");
  let ids = 0;
  for (const document of [openApi, asyncApi]) {
    for (const [path, { properties }] of objects(document)) {
      for (const [name, one] of Object.entries<Json>(properties ?? {})) {
        const isLarge = /(^|_)(id|bytes)$|^file_size$|^seq$/.test(name);
        if (!isLarge || !whole(one)) continue;
        expect([path, name, one["format"]]).toEqual([path, name, "int64"]);
        ids++;
      }
    }
  }
  for (const [name, { parameters = [] }] of operations(openApi)) {
    for (const { name: parameter, schema } of parameters as Json[]) {
      if (!parameter.endsWith("id")) continue;
      expect([name, parameter, schema.format]).toEqual([name, parameter, "int64"]);
      ids++;
    }
  }
  expect(ids).toBeGreaterThan(80);
});

test("no schema is called as one of its own fields whose type has no name, as generators would call that type", () => {
  const pascal = (name: string) =>
    name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  for (const document of [openApi, asyncApi]) {
    for (const [name, { properties = {} }] of Object.entries<Json>(document["components"].schemas)) {
      const inline = Object.entries<Json>(properties).filter(([, one]) => one["enum"] || one["properties"]);
      expect(inline.map(([field]) => pascal(field))).not.toContain(name);
    }
  }
});

test("what may be null is null where it is used, not in the schema that others share", () => {
  const schemas = openApi["components"].schemas as Json;
  for (const [name, one] of Object.entries<Json>(schemas)) {
    expect([name, one["type"]]).toEqual([name, expect.stringMatching(/^(object|string)$/)]);
  }
  expect(schemas["Message"].properties.reply_to).toEqual({
    anyOf: [{ $ref: "#/components/schemas/Quote" }, { type: "null" }],
  });
});

test("where one of two fields has to be there, the schema says so, as the server does", async () => {
  const alice = await server.register("either");
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(openApi, "openapi");
  const valid = (name: string, body: object) =>
    ajv.validate({ $ref: `openapi#/components/schemas/${name}` }, body);
  const chat = await alice.group("Either");
  const calls: [schema: string, path: string, bodies: object[]][] = [
    [
      "RegisterDevice",
      "/api/auth/device-token",
      [{ token: "a" }, { device_token: "b" }, { token: null, device_token: "b" }, { token: null }, {}],
    ],
    [
      "SendMessage",
      `/api/messages/${chat}`,
      [
        { content: "a" },
        { content_type: "file" },
        { content_type: "text" },
        { media_ids: [] },
        { content: null },
        {},
      ],
    ],
    ["Refresh", "/api/auth/refresh", [{ refresh_token: "a" }, { cookie: true }, { cookie: false }, {}]],
  ];
  for (const [schema, path, bodies] of calls) {
    for (const body of bodies) {
      const { status } = await alice.post(path, body);
      expect([schema, body, status !== 422]).toEqual([schema, body, valid(schema, body)]);
    }
  }
});

/** The schemas of a document with their examples, and the frames with theirs. */
function examples(): [name: string, document: string, schema: Json, example: unknown][] {
  const named = ["openapi", "asyncapi"].flatMap((document) =>
    [...objects(document === "openapi" ? openApi : asyncApi)].flatMap(([path, one]) =>
      Array.isArray(one["examples"]) && one["type"]
        ? (one["examples"] as unknown[]).map((example): [string, string, Json, unknown] => [
            path,
            document,
            one,
            example,
          ])
        : [],
    ),
  );
  const parameters = operations(openApi).flatMap(([name, one]) =>
    ((one["parameters"] ?? []) as Json[]).flatMap((parameter): [string, string, Json, unknown][] =>
      "example" in parameter
        ? [[`${name} ${parameter["name"]}`, "openapi", parameter["schema"], parameter["example"]]]
        : [],
    ),
  );
  const frames = Object.entries<Json>(asyncApi["components"].messages).flatMap(([name, one]) =>
    (one["examples"] as Json[]).map(({ payload }): [string, string, Json, unknown] => [
      name,
      "asyncapi",
      one["payload"],
      payload,
    ]),
  );
  return [...named, ...parameters, ...frames];
}

test("every example is right, and every body, parameter of a path and frame has one", () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(openApi, "openapi");
  ajv.addSchema(asyncApi, "asyncapi");
  const all = examples();
  expect(all.length).toBeGreaterThan(80);
  for (const [name, document, schema, example] of all) {
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', `"${document}#/`)) as Json;
    const isRight = ajv.validate(absolute, example);
    expect([name, example, isRight, isRight || ajv.errorsText()]).toEqual([name, example, true, true]);
  }
  for (const [name, one] of operations(openApi)) {
    const needed = ((one["parameters"] ?? []) as Json[]).filter(({ required }) => required);
    for (const parameter of needed)
      expect([name, Object.keys(parameter)]).toEqual([name, expect.arrayContaining(["example"])]);
    const $ref = one["requestBody"]?.content["application/json"]?.schema.$ref as string | undefined;
    if ($ref)
      expect([name, openApi["components"].schemas[$ref.split("/").at(-1)!].examples?.length]).toEqual([
        name,
        expect.any(Number),
      ]);
  }
  for (const one of Object.values<Json>(asyncApi["components"].messages))
    expect(one["examples"]).toHaveLength(1);
});

test("the socket's document says how to connect, in all four ways, and what answers what", () => {
  const { servers, channels, operations, info } = asyncApi;
  expect(Object.values<Json>(servers).map(({ protocol }) => protocol)).toEqual(["ws", "wss"]);
  const { headers, query } = channels.socket.bindings.ws;
  expect(Object.keys(headers.properties)).toEqual(["Authorization", "Sec-WebSocket-Protocol"]);
  expect(Object.keys(query.properties)).toEqual(["ticket", "since"]);
  expect(channels.socketWithToken.address).toBe("/ws/{access_token}");
  expect(channels.socketWithToken.messages).toEqual(channels.socket.messages);
  for (const [name, { action, reply }] of Object.entries<Json>(operations)) {
    if (action !== "receive") continue;
    const answers = (reply.messages as Json[]).map(({ $ref }) => ($ref as string).split("/").at(-1));
    expect(answers).toEqual([name === "ping" ? "pong" : `ack_${name}`, "error"]);
  }
  for (const code of [1001, 1002, 1003, 1007, 1009, 1011, 1012, 4001, 4003, 4008, 4009, 4029]) {
    expect(info.description).toContain(`${code} `);
  }
});
