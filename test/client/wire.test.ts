import { expect, test } from "bun:test";
import { join } from "node:path";

import { root } from "../support/reference.ts";
import { typeOf } from "../support/schema-types.ts";
import { shared } from "../support/shared.ts";
import { wireFile, wireText, wireTypes } from "../support/wire-types.ts";

const server = await shared();
const { openApi, asyncApi } = server.api.contract;

test("the client library has the types of the documents that the server serves", async () => {
  const kept = await Bun.file(join(root, wireFile)).text();
  expect(kept).toBe(await wireText({ openApi, asyncApi }));
});

test.each([
  [{ type: "string", contentEncoding: "base64" }],
  [{ type: "tuple" }],
  [{ type: "object", properties: { id: { type: "integer" } }, additionalProperties: { type: "string" } }],
])("a schema that the types cannot tell is an error, not any value: %j", (schema) => {
  expect(() => typeOf(schema)).toThrow("no type for");
});

test("a body that is neither JSON nor a form is an error", () => {
  const content = { "text/csv": { schema: { type: "string" } } };
  const paths = { "/api/people": { post: { requestBody: { content }, responses: {} } } };
  expect(() => wireTypes({ openApi: { ...openApi, paths }, asyncApi })).toThrow(
    "no type for a body of text/csv",
  );
});

test("a name that stands for one thing in REST and for another on the socket is an error", () => {
  const components = { ...asyncApi["components"], schemas: { Message: { type: "string" } } };
  const other = { ...asyncApi, components };
  expect(() => wireTypes({ openApi, asyncApi: other })).toThrow("there are two kinds of Message");
});
