/** What nobody expected is told as `internal` and stands in the log with whose call it was, at either door. */
import { afterAll, beforeAll, expect, spyOn, test } from "bun:test";

import { Journal } from "../../src/events/journal.ts";
import type { Person } from "../support/person.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

let server: TestServer;
let alice: Person;
let chat: number;

beforeAll(async () => {
  server = await TestServer.start();
  alice = await server.register("alice");
  chat = await alice.group("chess");
});
afterAll(() => server[Symbol.asyncDispose]());

const trouble = "the moon is in the way";
const content = "an unlucky sentence";

/** Where something breaks that no input should be able to break. */
const places = {
  "while it is validated": () => {
    const toWellFormed = String.prototype.toWellFormed;
    return spyOn(String.prototype, "toWellFormed").mockImplementation(function (this: string) {
      if (String(this) === content) throw new Error(trouble);
      return toWellFormed.call(this);
    });
  },
  "while it is done": () => spyOn(Journal.prototype, "record").mockRejectedValue(new Error(trouble)),
};

const logged = () => server.log.map((line) => JSON.parse(line)).filter((one) => one.error?.includes(trouble));

test.each(Object.entries(places))("a frame that breaks something %s", async (_, breaking) => {
  const socket = await alice.connect();
  const before = logged().length;
  const frame = { type: "send_message", chat_id: chat, content };
  {
    using _broken = breaking();
    socket.send({ ...frame, request_id: "r1" });
    expect(await socket.next("error")).toMatchObject({ code: "internal", request_id: "r1" });
    socket.send(frame);
    expect(await socket.next("error")).toMatchObject({ code: "internal" });
  }
  const lines = logged().slice(before);
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(line).toMatchObject({ level: "error", message: "a frame failed", user_id: alice.id });
    expect(line).toMatchObject({ session_id: expect.any(Number), error: `Error: ${trouble}` });
    expect(JSON.stringify(line)).not.toContain(content);
  }
  expect(lines.map((line) => line.request_id)).toEqual(["r1", undefined]);
  expect((await socket.ask({ ...frame })).type).toBe("ack");
});

test.each(Object.entries(places))("a request that breaks something %s", async (_, breaking) => {
  const before = logged().length;
  let requestId: string;
  {
    using _broken = breaking();
    const reply = await alice.post(`/api/messages/${chat}`, { content });
    expectRefused(reply, 500, "internal");
    expect(JSON.stringify(reply.body)).not.toContain(trouble);
    requestId = reply.body.request_id;
  }
  expect(logged().slice(before)).toMatchObject([
    { level: "error", message: "a request failed", request_id: requestId, error: `Error: ${trouble}` },
  ]);
  expect((await alice.post(`/api/messages/${chat}`, { content })).status).toBe(201);
});
