import { afterAll, expect, test } from "bun:test";

import { expectInvalid } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

const server = await TestServer.start();
afterAll(() => server[Symbol.asyncDispose]());
const [alice, bob] = [await server.register("alice"), await server.register("bob")];
const chat = await alice.directWith(bob);
const group = await alice.group("friends", bob);

const blanks = [
  "",
  " ",
  "\n\n",
  "\u200b",
  "\u2800",
  "\u3164",
  "\u0301",
  " \u00ad\u{e0041}\ufe0f ",
  "\u202e\u0007",
];
const marked = ["👍", "🇨🇭", "1️⃣", "हिन्दी", "می‌خواهم", "👨‍👩‍👧‍👦", "e\u0301", "."];

test("a message shows something, over REST and over a socket, also once it is edited", async () => {
  const socket = await alice.connect();
  const sent = await alice.say(chat, "hello");
  for (const content of blanks) {
    expectInvalid(await alice.post(`/api/messages/${chat}`, { content }), "content");
    expectInvalid(await alice.put(`/api/messages/${sent.id}`, { content }), "content");
    for (const frame of [
      { type: "send_message", chat_id: chat, content },
      { type: "edit_message", message_id: sent.id, content },
    ]) {
      expect(await socket.ask(frame)).toMatchObject({
        type: "error",
        code: "validation",
        errors: [{ path: "content" }],
      });
    }
  }
  expect((await alice.history(chat)).map((one) => one.content)).toEqual(["hello"]);
  for (const content of marked) {
    expect((await alice.say(chat, content)).content).toBe(content);
    expect((await alice.put(`/api/messages/${sent.id}`, { content })).body.content).toBe(content);
  }
  // White space around what is seen is its writer's.
  expect((await alice.say(chat, " \n x \n ")).content).toBe(" \n x \n ");
});

test("beside a file, and where one follows, what shows nothing is no text", async () => {
  for (const content of blanks) {
    const sent = await alice.post(`/api/messages/${chat}`, { content, content_type: "image" });
    expect([sent.status, sent.body.content]).toEqual([201, ""]);
  }
  const { media } = (await alice.upload([new File(["plain text"], "a.txt")])).body;
  const { body } = await alice.post(`/api/messages/${chat}`, { content: "\u200b", media_ids: [media[0].id] });
  expect(body).toMatchObject({ content: "", content_type: "text" });
  expect((await alice.put(`/api/messages/${body.id}`, { content: " " })).body.content).toBe("");
});

/** Gives something this name; answers the reply and the name as it is then shown. */
const names = {
  full_name: async (name: unknown) => {
    const reply = await alice.put("/api/auth/me", { full_name: name });
    return { reply, path: "full_name", shown: reply.body.full_name };
  },
  "full_name at the beginning": async (name: unknown) => {
    const username = `u${crypto.randomUUID().slice(0, 8)}`;
    const body = {
      username,
      email: `${username}@example.org`,
      password: "correct horse battery",
      full_name: name,
    };
    const reply = await alice.post("/api/auth/register", body);
    return { reply, path: "full_name", shown: reply.body.user?.full_name };
  },
  nickname: async (name: unknown) => {
    const reply = await alice.put(`/api/chats/${group}/me`, { nickname: name });
    return { reply, path: "nickname", shown: reply.body.nickname };
  },
  "name of a new group": async (name: unknown) => {
    const reply = await alice.post("/api/chats/group", { name });
    return { reply, path: "name", shown: reply.body.name };
  },
  "name of a group": async (name: unknown) => {
    const reply = await alice.put(`/api/chats/${group}`, { name });
    return { reply, path: "name", shown: reply.body.name };
  },
};

const mayBeNone = (what: string) => !what.startsWith("name");

for (const [what, give] of Object.entries(names)) {
  test(`a ${what} shows something, on one line`, async () => {
    const breaks = ["\n", "\v", "\f", "\r", "\r\n", "\u0085", "\u2028", "\u2029"];
    const bad = [
      ...blanks.filter((blank) => blank !== "" || !mayBeNone(what)),
      ...breaks.map((one) => `x${one}${one}bob left`),
      "tab\there",
      "bell\u0007",
      "x".repeat(51) + "y".repeat(50),
    ];
    for (const name of bad) {
      const { reply, path } = await give(name);
      expectInvalid(reply, path);
    }
    for (const name of [...marked, "Anne-Marie O’Brien", "山田 雪", "שלום\u200f!"]) {
      const { shown } = await give(name);
      expect(shown).toBe(name);
    }
  });

  test(`a ${what} loses white space around it, and what turns the direction of text`, async () => {
    expect((await give("  Bob \n")).shown).toBe("Bob");
    expect((await give("\u00a0\u3000Bob\ufeff")).shown).toBe("Bob");
    expect((await give("B\u202eo\u202cb\u2066\u2067\u2068\u2069\u202a\u202b\u202d")).shown).toBe("Bob");
    const { reply, path } = await give("\u202e \u2066");
    expectInvalid(reply, path);
    // As many characters as may be, once they are off.
    expect((await give(`   ${"x".repeat(50)}   `)).shown).toBe("x".repeat(50));
  });
}

for (const [what, give] of Object.entries(names).filter(([what]) => mayBeNone(what))) {
  test(`a ${what} is none where it is empty or null`, async () => {
    for (const none of ["", null]) {
      await give("Bob");
      const { reply, shown } = await give(none);
      expect([reply.status < 300, shown]).toEqual([true, null]);
    }
  });
}

const descriptions = {
  bio: async (text: unknown) => {
    const reply = await alice.put("/api/auth/me", { bio: text });
    return { reply, path: "bio", shown: reply.body.bio };
  },
  "description of a new group": async (description: unknown) => {
    const reply = await alice.post("/api/chats/group", { name: "described", description });
    return { reply, path: "description", shown: reply.body.description };
  },
  "description of a group": async (description: unknown) => {
    const reply = await alice.put(`/api/chats/${group}`, { description });
    return { reply, path: "description", shown: reply.body.description };
  },
};

for (const [what, give] of Object.entries(descriptions)) {
  test(`a ${what} shows something, on any number of lines, or is not there`, async () => {
    for (const text of blanks.filter((one) => one !== "")) {
      const { reply, path } = await give(text);
      expectInvalid(reply, path);
    }
    for (const text of [...marked, " two\n\nlines "]) expect((await give(text)).shown).toBe(text);
    for (const nothing of [null, ""]) {
      expect((await give("something")).shown).toBe("something");
      expect((await give(nothing)).shown).toBeNull();
    }
  });
}

test("a search is for something that can be seen", async () => {
  for (const q of blanks) {
    const query = new URLSearchParams({ q });
    expectInvalid(await alice.get(`/api/users/search?${query}`), "query.q");
    expectInvalid(await alice.get(`/api/messages/search?${query}`), "query.q");
  }
});

// NUL

const withNul = "a\0b";

/** What a schema of the documents is, behind references and null. */
function resolve(schema: any, document: any): any {
  if (schema.$ref)
    return resolve(
      schema.$ref
        .slice(2)
        .split("/")
        .reduce((at: any, key: string) => at[key], document),
      document,
    );
  const choices = (schema.anyOf ?? []).filter((one: any) => one.type !== "null");
  return choices.length === 1 ? resolve(choices[0], document) : schema;
}

/** Also where it may be null. */
function isText({ type }: any): boolean {
  return [type].flat().includes("string");
}

function texts(schema: any, document: any): string[] {
  const { properties = {} } = resolve(schema, document);
  return Object.keys(properties).filter((name) => {
    const one = resolve(properties[name], document);
    return isText(one) && name !== "type";
  });
}

test("NUL is refused in every text of every call that the documents know, by name", async () => {
  const document = server.api.contract.openApi as any;
  const tried: string[] = [];
  for (const [path, methods] of Object.entries<any>(document.paths)) {
    for (const [method, { operationId, parameters = [], requestBody }] of Object.entries<any>(methods)) {
      const takesText = (one: any) => isText(resolve(one.schema, document));
      const inPath = parameters
        .filter((one: any) => one.in === "path" && takesText(one))
        .map((one: any) => one.name);
      const inQuery = parameters
        .filter((one: any) => one.in === "query" && takesText(one))
        .map((one: any) => one.name);
      const json = requestBody?.content["application/json"];
      const inBody = json ? texts(json.schema, document) : [];
      if (inPath.length + inQuery.length + inBody.length === 0) continue;
      tried.push(operationId);
      const where = path.replace(/\{(\w+)\}/g, (_, name) =>
        inPath.includes(name) ? encodeURIComponent(withNul) : "1",
      );
      const query = new URLSearchParams(inQuery.map((name: string) => [name, withNul]));
      const body = Object.fromEntries(inBody.map((name) => [name, withNul]));
      // What is in the path or the query is refused before there is a body to look at.
      const errors: any[] = [];
      for (const [search, sent] of [
        [`?${query}`, {}],
        ["", body],
      ] as const) {
        if ((search === "?" && inPath.length === 0) || (search === "" && inBody.length === 0)) continue;
        const reply = await alice.call(method.toUpperCase(), where + search, json ? sent : undefined);
        expect([operationId, reply.status, reply.body.code]).toEqual([operationId, 422, "validation"]);
        errors.push(...reply.body.errors);
      }
      const named = errors.map((one) => one.path);
      expect([operationId, named]).toEqual([
        operationId,
        expect.arrayContaining([
          ...inPath.map((name: string) => `path.${name}`),
          ...inQuery.map((name: string) => `query.${name}`),
          ...inBody,
        ]),
      ]);
    }
  }
  for (const one of [
    "login",
    "register",
    "sendMessage",
    "editMessage",
    "searchMessages",
    "searchUsers",
    "updateMe",
  ]) {
    expect(tried).toContain(one);
  }
});

test("NUL is refused in every text of every frame, by name", async () => {
  const document = server.api.contract.asyncApi as any;
  const socket = await alice.connect();
  const { messages } = document.components;
  const tried: string[] = [];
  for (const [name, { action }] of Object.entries<any>(document.operations)) {
    if (action !== "receive") continue;
    const { payload } = messages[name];
    const fields = texts(payload, document).filter((one) => one !== "request_id");
    if (fields.length === 0) continue;
    tried.push(name);
    const answer = await socket.ask({
      type: name,
      ...Object.fromEntries(fields.map((one) => [one, withNul])),
    });
    expect(answer).toMatchObject({ type: "error", code: "validation" });
    expect([name, answer["errors"].map((one: any) => one.path)]).toEqual([
      name,
      expect.arrayContaining(fields),
    ]);
  }
  expect(tried).toEqual(expect.arrayContaining(["send_message", "edit_message", "resume"]));
  socket.send({ type: "ping", request_id: withNul });
  const refused = await socket.next("error", (one) => one["request_id"] === withNul);
  expect(refused).toMatchObject({ code: "validation", errors: [{ path: "request_id" }] });
});

test("text that has all but NUL is taken as it is", async () => {
  const text = "a\u0001b\u001f\u007f\\0 \\u0000 %00 &#0; \u2400";
  expect((await alice.say(chat, text, { client_id: text })).content).toBe(text);
});
