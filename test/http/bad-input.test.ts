import { expect, test } from "bun:test";

import type { CallOptions, Person } from "../support/person.ts";
import { expectRefused } from "../support/refusal.ts";
import { shared } from "../support/shared.ts";

const server = await shared();

type Raw = NonNullable<CallOptions["raw"]>;

interface Operation {
  method: string;
  path: string;
  /** It may come without one. */
  isOptional: boolean;
  schema: { properties?: Record<string, object>; required?: string[] };
}

const json = { "Content-Type": "application/json" };
const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const nested = (levels: number) => `{"x":${"[".repeat(levels)}${"]".repeat(levels)}}`;
/** Twice as much as a body may have. */
const oversized = " ".repeat(2 * 1024 * 1024);

/** The same, of a length that nobody knows before. */
function oversizedPieces(): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      if (sent++ < 32) controller.enqueue(bytes(oversized.slice(0, 65_536)));
      else controller.close();
    },
  });
}

/** Every operation that takes a body, as the server documents itself. */
function withBody({ contract }: Person): Operation[] {
  const { paths, components } = contract.openApi as Record<string, any>;
  return Object.entries<Record<string, any>>(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, one]) => one.requestBody?.content["application/json"])
      .map(([method, one]) => ({
        method: method.toUpperCase(),
        path: path.replace(/\{\w+\}/g, "1"),
        isOptional: one.requestBody.required === false,
        schema: components.schemas[one.requestBody.content["application/json"].schema.$ref.split("/").at(-1)],
      })),
  );
}

/** Somebody with a chat of their own, whose server is still well in the end. */
async function withSomebody(use: (alice: Person, operations: Operation[]) => Promise<void>): Promise<void> {
  const [alice] = await server.people("alice");
  const chat = await alice.group("Team");
  const operations = withBody(alice);
  expect(operations.length).toBeGreaterThan(10);
  await use(alice, operations);
  expect((await alice.say(chat, "still here")).seq).toBe(2);
  expect((await server.login(alice.username)).id).toBe(alice.id);
  expect(server.log.filter((line) => JSON.parse(line).level === "error")).toEqual([]);
}

interface Sent {
  raw?: () => Raw;
  headers?: Record<string, string>;
}

/** Every call refuses every one of these bodies. */
async function expectAllRefused(status: number, code: string, bodies: Record<string, Sent>): Promise<void> {
  await withSomebody(async (alice, operations) => {
    for (const [what, { raw, headers = json }] of Object.entries(bodies)) {
      const isNone = (raw?.() ?? "") === "";
      for (const { method, path, isOptional } of operations) {
        if (isNone && isOptional) continue;
        const options = { headers, ...(raw && { raw: raw() }) };
        const reply = await alice.call(method, path, undefined, options);
        expect({ what, method, path, status: reply.status }).toEqual({ what, method, path, status });
        expectRefused(reply, status, code);
      }
    }
  });
}

test("no call takes a body that is not JSON", () =>
  expectAllRefused(400, "malformed_json", {
    "half an object": { raw: () => '{"a":' },
    "no JSON at all": { raw: () => "username=alice" },
    "two values": { raw: () => "{} {}" },
    "a number that JSON does not know": { raw: () => '{"x":NaN}' },
    nothing: { raw: () => "" },
    "no body": {},
    "bytes that are not UTF-8": { raw: () => new Uint8Array([0x22, 0xc3, 0x28, 0x22]) },
    "UTF-16": { raw: () => new Uint8Array(Buffer.from('\ufeff{"x":1}', "utf16le")) },
  }));

test("what may come without a body does, whatever type it names for none", () =>
  withSomebody(async (alice, operations) => {
    const optional = operations.filter((one) => one.isOptional);
    expect(optional.length).toBeGreaterThan(0);
    for (const { method, path } of optional) {
      for (const options of [
        {},
        { headers: json },
        { headers: json, raw: "" },
        { raw: "{}", headers: json },
      ]) {
        const { status } = await alice.call(method, path, undefined, options);
        expect([400, 413, 415, 422]).not.toContain(status);
      }
    }
  }));

test("no call takes a body that is nested too deeply", () =>
  expectAllRefused(400, "malformed_json", {
    "100 levels of lists": { raw: () => nested(100) },
    "100 levels of objects": { raw: () => `${'{"x":'.repeat(100)}1${"}".repeat(100)}` },
    "5,000 levels": { raw: () => nested(5000) },
  }));

test("no call takes a body with too much in it, however flat", () =>
  expectAllRefused(400, "malformed_json", {
    "1,001 keys": { raw: () => `{${Array.from({ length: 1001 }, (_, i) => `"k${i}":0`).join()}}` },
    "1,001 keys in a list": { raw: () => `[${'{"a":0},'.repeat(1000)}{"a":0}]` },
  }));

test("no call takes a body of another type, or of none", () =>
  expectAllRefused(415, "unsupported_media_type", {
    "no body and no type": { headers: {} },
    "JSON without a type": { raw: () => bytes("{}"), headers: {} },
    text: { raw: () => "{}", headers: { "Content-Type": "text/plain" } },
    "a form": { raw: () => "a=b", headers: { "Content-Type": "application/x-www-form-urlencoded" } },
    "a patch": { raw: () => "[]", headers: { "Content-Type": "application/json-patch+json" } },
    "Latin-1": { raw: () => "{}", headers: { "Content-Type": "application/json; charset=latin1" } },
  }));

test("no call takes more than it may have, announced or in pieces", () =>
  expectAllRefused(413, "payload_too_large", {
    announced: { raw: () => oversized },
    "in pieces": { raw: () => oversizedPieces() },
  }));

test("no call takes JSON that is not an object", () =>
  expectAllRefused(422, "validation", {
    null: { raw: () => "null" },
    "a list": { raw: () => "[{}]" },
    "a text": { raw: () => '"x"' },
    "a number": { raw: () => "1e400" },
  }));

test("every field of every body is validated, and the one that is bad is named", async () => {
  await withSomebody(async (alice, operations) => {
    for (const { method, path, schema } of operations) {
      for (const [field, one] of Object.entries(schema.properties!)) {
        const isSwitch = JSON.stringify(one).includes('"boolean"');
        for (const value of [{ deep: [1] }, [[]], isSwitch ? "true" : true, -1.5]) {
          const reply = await alice.call(method, path, { [field]: value });
          expectRefused(reply, 422, "validation");
          const named = reply.body.errors.map((one: { path: string }) => one.path.split(".")[0]);
          expect(named).toContain(field);
        }
      }
    }
  });
});

test("every field that is needed is missed", async () => {
  await withSomebody(async (alice, operations) => {
    for (const { method, path, schema } of operations) {
      if (!schema.required?.length) continue;
      const reply = await alice.call(method, path, {});
      expectRefused(reply, 422, "validation");
      expect(reply.body.errors.map((one: { path: string }) => one.path)).toEqual(schema.required);
    }
  });
});

test("names that objects are born with are no fields", async () => {
  await withSomebody(async (alice, operations) => {
    const raw = '{"__proto__":{"content":"x","name":"x"},"constructor":1,"toString":2,"hasOwnProperty":null}';
    for (const { method, path, schema } of operations) {
      if (!schema.required?.length) continue;
      const reply = await alice.call(method, path, undefined, { raw, headers: json });
      expectRefused(reply, 422, "validation");
    }
  });
});

test("a body that says it is UTF-8, in whichever way, is taken", async () => {
  const [alice] = await server.people("alice");
  for (const type of [
    "application/json",
    "application/json; charset=utf-8",
    'Application/JSON;charset="UTF-8"',
  ]) {
    const options = { raw: bytes('{"bio":"Grüße"}'), headers: { "Content-Type": type } };
    expect((await alice.put("/api/auth/me", undefined, options)).body.bio).toBe("Grüße");
  }
});

test("with a token, too, a body has only so many members, and each field that is bad is named", async () => {
  const [alice] = await server.people("alice");
  const group = (ids: unknown[]) => alice.post("/api/chats/group", { name: "Team", member_ids: ids });
  expectRefused(await group(Array(10_001).fill(1)), 400, "malformed_json");
  const bad = await group(Array(900).fill(-1));
  expectRefused(bad, 422, "validation");
  expect(bad.body.errors).toHaveLength(900);
});
