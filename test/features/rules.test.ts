import { afterAll, expect, setDefaultTimeout, test } from "bun:test";

import { catalogue, type ErrorCode } from "../../src/core/errors.ts";
import type { Contract } from "../support/contract.ts";
import type { Person } from "../support/person.ts";
import { expectRefused } from "../support/refusal.ts";
import { type Scene, Stage } from "../support/rule-scene.ts";
import { type Row, rows } from "../support/rule-table.ts";
import { effects, tries } from "../support/rule-tries.ts";
import { Socket } from "../support/socket.ts";

setDefaultTimeout(30_000);

interface Call {
  method: string;
  path: string;
  queries: string[];
  headers: string[];
  /** What it takes besides: JSON, a form or nothing. */
  takes: "json" | "form" | undefined;
  /** It answers with a file. */
  isDownload: boolean;
}

const stage = await Stage.open();
afterAll(() => stage[Symbol.asyncDispose]());
const { calls, frames } = documented(stage.server.api.contract);
const rowsOf = (name: string) => rows.filter((row) => row.operations.includes(name));

/** What the server says that clients may call and send. */
function documented({ openApi, asyncApi }: Contract): { calls: Map<string, Call>; frames: string[] } {
  const calls = new Map<string, Call>();
  for (const [path, methods] of Object.entries<Record<string, any>>(openApi["paths"])) {
    for (const [method, { operationId, parameters = [], requestBody, responses }] of Object.entries(
      methods,
    )) {
      const named = (place: string) =>
        parameters.filter((one: any) => one.in === place).map((one: any) => one.name);
      const [queries, headers] = [named("query"), named("header")];
      const takes = requestBody && ("multipart/form-data" in requestBody.content ? "form" : "json");
      const isDownload = responses[200]?.content && !("application/json" in responses[200].content);
      calls.set(operationId, { method: method.toUpperCase(), path, queries, headers, takes, isDownload });
    }
  }
  const operations = Object.entries<Record<string, any>>(asyncApi["operations"]);
  const frames = operations.filter(([, { action }]) => action === "receive").map(([name]) => name);
  return { calls, frames };
}

test("the table has a row for every call and every frame, and for nothing else", () => {
  const named = new Set(rows.flatMap((row) => row.operations));
  expect([...named].toSorted()).toEqual([...calls.keys(), ...frames].toSorted());
  const tried = new Set(rows.map((row) => row.what));
  expect([...tried].toSorted()).toEqual(Object.keys(tries).toSorted());
});

test.each([...calls.keys()])("who may %s", async (name) => {
  await tryAll(rowsOf(name), calls.get(name)!.method !== "GET", async (scene, row, standing) => {
    const { method, path, body, options } = filled(calls.get(name)!, tries[row.what]!(scene, standing));
    const person = scene.people[standing]!;
    const reply = calls.get(name)!.isDownload
      ? await person.download(path)
      : await person.call(method, path, body, options);
    if (reply.status < 400) return done(scene, row, reply.body);
    const { code } = reply.body as { code: ErrorCode };
    expectRefused(reply, catalogue[code][0], code);
    return code;
  });
});

test.each(frames)("who may send %s", async (type) => {
  await tryAll(rowsOf(type), true, async (scene, row, standing) => {
    const frame = { type, ...tries[row.what]!(scene, standing) };
    const person = scene.people[standing]!;
    if (standing === "nobody") return sendAsNobody(person, frame);
    if (standing === "disabled") return sendAsDisabled(person, scene.socket!, frame);
    const answer = await (await stage.socketOf(person)).ask(frame);
    return answer.type === "error" ? answer["code"] : done(scene, row, answer["message"]);
  });
});

/** Calls that need a file to be there. */
const aboutFiles = new Set(["getMedia", "getThumbnail", "getMediaInfo", "deleteMedia"]);

/** Calls that need keys to be there. */
const aboutKeys = new Set([
  "generateKeys",
  "confirmKeys",
  "encryptMessage",
  "decryptMessage",
  "getOwnPublicKey",
  "publishKey",
  "getPublicKey",
  "getPublicKeys",
  "getKeychain",
  "putKeychain",
]);

/** Answers `yes`, `vain` or the code of the refusal. */
type Attempt = (scene: Scene, row: Row, standing: string) => Promise<string>;

/** Each standing gets what the row says, and whoever is refused leaves no trace. */
async function tryAll(rows: Row[], changes: boolean, attempt: Attempt): Promise<void> {
  stage.useFiles(rows.some((row) => row.operations.some((name) => aboutFiles.has(name))));
  stage.useKeys(rows.some((row) => row.operations.some((name) => aboutKeys.has(name))));
  for (const row of rows) {
    for (const [standing, outcome] of Object.entries(row.outcomes)) {
      const scene = await stage.scene(row.place, standing);
      const where = { place: row.place, what: row.what, standing };
      const got = await attempt(scene, row, standing);
      expect({ ...where, outcome: got }).toEqual({ ...where, outcome });
      if (scene.socket) expect(await scene.socket.closed).toBe(4003);
      const isDone = got === "yes" || got === "vain";
      if (isDone && changes) stage.clear();
      else if (isDone) scene.seen = await scene.look();
      else expect({ ...where, seen: await scene.look() }).toEqual({ ...where, seen: scene.seen });
    }
  }
}

function done(scene: Scene, { what }: Row, result: unknown): string {
  return effects[what]?.(result, scene) === false ? "vain" : "yes";
}

/** A call with these fields, each in its place. One path serves chats and messages: `id` is either's. */
function filled({ method, path, queries, headers, takes }: Call, fields: Record<string, unknown>) {
  const id = fields["message_id"] ?? fields["chat_id"];
  const ofPath: Record<string, unknown> = { id, ...fields };
  const query = new URLSearchParams();
  for (const one of queries) if (one in fields) query.set(one, String(fields[one]));
  const where = path.replace(/\{(\w+)\}/g, (_, one: string) => String(ofPath[one]));
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value as File | string);
  return {
    method,
    path: `${where}?${query}`,
    body: takes === "json" ? fields : undefined,
    options: {
      ...(takes === "form" && { raw: form }),
      headers: Object.fromEntries(
        headers.filter((one) => one in fields).map((one) => [one, String(fields[one])]),
      ),
    },
  };
}

async function sendAsNobody({ url, contract }: Person, frame: object): Promise<string> {
  const socket = await Socket.open(url, "", {}, contract);
  socket.send(frame);
  expect(await socket.closed).toBe(4001);
  expect(socket.frames).toEqual([]);
  return "unauthorized";
}

/** Over the socket that was open before, and over a new one. */
async function sendAsDisabled(person: Person, open: Socket, frame: object): Promise<string> {
  const { length } = open.frames;
  open.send({ ...frame, request_id: "r" });
  await open.closed;
  const done = open.frames.slice(length).filter((one) => one.type !== "error");
  expect(done).toEqual([]);
  const socket = await Socket.open(person.url, person.accessToken, {}, person.contract);
  expect(await socket.closed).toBe(4001);
  return "unauthorized";
}
