import { expect, test } from "bun:test";

import type { Person } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { shared } from "../support/shared.ts";

const server = await shared();

interface Operation {
  method: string;
  path: string;
  parameters: { name: string; in: string }[];
  body: object | undefined;
}

/** What stands outside of a grant is read before anybody looks for its chat. */
const outside = { alg: "RSA-OAEP-256", enc: "A256GCM", typ: "chat-grant+jwe", kid: "A".repeat(43) };
const grantHeader = Buffer.from(JSON.stringify(outside)).toString("base64url");

const bodies: Record<string, object> = {
  sendMessage: { content: "hi" },
  editMessage: { content: "hi" },
  updateChat: { name: "Crew" },
  addMember: { user_id: 1 },
  setRole: { role: "admin" },
  updateOwnMembership: { is_muted: true },
  signChat: { signed: "a.b.c" },
  beginEpoch: { announcement: "a.b.c", envelope: "{}" },
  giveGrant: { to_user_id: 1, jwe: `${grantHeader}.AA.AA.AA.AA` },
};

const noIds = [
  "9007199254740992",
  "99999999999999999999",
  "1e3",
  "0x10",
  "-1",
  "+1",
  "0",
  "01",
  "1.0",
  "1,000",
];
const noNumbers = [
  "abc",
  "%00",
  "1%00",
  "%20",
  "1%20",
  "%ff",
  "٣",
  "１",
  "null",
  "true",
  "1%2f2",
  "*",
  "..%2f1",
];

function withParameters({ contract }: Person, place: "path" | "query"): Operation[] {
  const paths = Object.entries<Record<string, any>>(contract.openApi["paths"]);
  return paths.flatMap(([path, methods]) =>
    Object.entries(methods)
      .map(([method, one]) => ({
        method: method.toUpperCase(),
        // No id, and checked elsewhere.
        path: path.replace("{emoji}", encodeURIComponent("👍")),
        parameters: (one.parameters ?? []).filter(
          (parameter: { in: string; name: string }) => parameter.in === place && parameter.name !== "emoji",
        ),
        body: bodies[one.operationId],
      }))
      .filter((one) => one.parameters.length > 0),
  );
}

test("what is no id in a path is refused, and names the parameter", async () => {
  const [alice] = await server.people("alice");
  const operations = withParameters(alice, "path");
  expect(operations.length).toBeGreaterThan(10);
  for (const { method, path, parameters, body } of operations) {
    for (const { name } of parameters) {
      for (const id of [...noIds, ...noNumbers]) {
        const filled = path.replace(`{${name}}`, id).replace(/\{\w+\}/g, "1");
        expectInvalid(await alice.call(method, filled, body), `path.${name}`);
      }
    }
  }
  expect((await alice.get("/api/auth/me")).status).toBe(200);
});

test("an id of nothing is not there, up to the largest", async () => {
  const [alice] = await server.people("alice");
  for (const { method, path, body } of withParameters(alice, "path")) {
    for (const id of ["999", "9007199254740991"]) {
      expectRefused(await alice.call(method, path.replace(/\{\w+\}/g, id), body), 404, "not_found");
    }
  }
});

test("what is no number in a query is refused, and names the parameter", async () => {
  const [alice] = await server.people("alice");
  const chat = await alice.group("Team");
  let tried = 0;
  for (const { method, path, parameters } of withParameters(alice, "query")) {
    const filled = path.replace(/\{\w+\}/g, String(chat));
    for (const { name } of parameters.filter((one) => !["q", "cursor", "unread", "v"].includes(one.name))) {
      // "since 0" is all of it.
      const values = [...noIds, ...noNumbers, ""].filter((one) => name !== "since" || one !== "0");
      for (const value of values) {
        // In a query a plus is a space.
        const search = path.endsWith("/search") ? "q=a&" : "";
        const query = `${search}${name}=${value.replace("+", "%2b")}`;
        expectInvalid(await alice.call(method, `${filled}?${query}`, undefined), `query.${name}`);
        tried++;
      }
    }
  }
  expect(tried).toBeGreaterThan(100);
  const odd = `/api/messages/${chat}?limit=1&limit=2&unknown=%ff&=&&__proto__=1`;
  expect((await alice.get(odd)).status).toBe(200);
});

test("an id in a body is a positive whole number", async () => {
  const [alice] = await server.people("alice");
  const headers = { "Content-Type": "application/json" };
  for (const id of ["9007199254740992", "1e400", "-1", "0", "1.5", '"1"', "null", "true", "[1]", "{}"]) {
    const options = { raw: `{"user_id":${id}}`, headers };
    expectInvalid(await alice.post("/api/chats/direct", undefined, options), "user_id");
  }
  for (const id of ["9007199254740991", "1e3", "999.0"]) {
    const options = { raw: `{"user_id":${id}}`, headers };
    expectRefused(await alice.post("/api/chats/direct", undefined, options), 404, "not_found");
  }
});
