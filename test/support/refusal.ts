import { expect } from "bun:test";

import type { Reply } from "./person.ts";

/** The answer is this refusal, as a problem document (RFC 9457) that nobody keeps. */
export function expectRefused(reply: Reply, status: number, code: string): void {
  expect({ status: reply.status, code: reply.body?.code }).toEqual({ status, code });
  expect(reply.headers.get("content-type")).toBe("application/problem+json");
  expect(reply.headers.get("cache-control")).toBe("no-store");
  expect(reply.body).toMatchObject({ status, type: `urn:parley:error:${code}` });
  expect(reply.body.request_id).toBe(reply.headers.get("x-request-id"));
  expect(reply.headers.get("www-authenticate")).toBe(status === 401 ? "Bearer" : null);
  expect(reply.headers.get("retry-after")).toBe(reply.body.retry_after?.toString() ?? null);
}

/** The request was refused because of these fields and no others. */
export function expectInvalid(reply: Reply, ...paths: string[]): void {
  expectRefused(reply, 422, "validation");
  expect([...new Set(reply.body.errors.map((one: { path: string }) => one.path))]).toEqual(paths);
}
