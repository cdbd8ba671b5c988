import { expect, test } from "bun:test";

import type { Person, Reply } from "../support/person.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

const standings = ["nobody", "stranger", "former", "member", "admin", "owner"] as const;
type Standing = (typeof standings)[number];

/** A group with somebody of each standing, each of whom has written (`wrote`) if they ever could. */
interface Scene {
  chat: number;
  people: Record<Standing | "other" | "otherAdmin" | "newcomer", Person>;
  wrote: Record<"former" | "member" | "admin" | "owner" | "other", number>;
}

type Try = (who: Person, scene: Scene, standing: Standing) => Promise<Reply>;

/** Who may do what: the status for each standing from `nobody` to `owner`. */
const rules: [what: string, tries: Try, statuses: readonly number[]][] = [
  ["see the chat", (who, { chat }) => who.get(`/api/chats/${chat}`), [401, 404, 404, 200, 200, 200]],
  [
    "see who is in it",
    (who, { chat }) => who.get(`/api/chats/${chat}/members`),
    [401, 404, 404, 200, 200, 200],
  ],
  ["read", (who, { chat }) => who.get(`/api/messages/${chat}`), [401, 404, 404, 200, 200, 200]],
  [
    "write",
    (who, { chat }) => who.post(`/api/messages/${chat}`, { content: "hi" }),
    [401, 404, 404, 201, 201, 201],
  ],
  [
    "edit what they wrote",
    (who, { wrote }, standing) => who.put(`/api/messages/${wroteBy(wrote, standing)}`, { content: "edited" }),
    [401, 404, 404, 200, 200, 200],
  ],
  [
    "delete what they wrote",
    (who, { wrote }, standing) => who.delete(`/api/messages/${wroteBy(wrote, standing)}`),
    [401, 404, 404, 204, 204, 204],
  ],
  [
    "edit what another wrote",
    (who, { wrote }) => who.put(`/api/messages/${wrote.other}`, { content: "edited" }),
    [401, 404, 404, 403, 403, 403],
  ],
  [
    "delete what another wrote",
    (who, { wrote }) => who.delete(`/api/messages/${wrote.other}`),
    [401, 404, 404, 403, 204, 204],
  ],
  [
    "rename the chat",
    (who, { chat }) => who.put(`/api/chats/${chat}`, { name: "Crew" }),
    [401, 404, 404, 403, 200, 200],
  ],
  ["close the chat", (who, { chat }) => who.delete(`/api/chats/${chat}`), [401, 404, 404, 403, 403, 204]],
  [
    "add a member",
    (who, { chat, people }) => who.post(`/api/chats/${chat}/members`, { user_id: people.newcomer.id }),
    [401, 404, 404, 403, 201, 201],
  ],
  [
    "add an admin",
    (who, { chat, people }) =>
      who.post(`/api/chats/${chat}/members`, { user_id: people.newcomer.id, role: "admin" }),
    [401, 404, 404, 403, 403, 201],
  ],
  [
    "make a member an admin",
    (who, scene) => who.put(memberPath(scene, "other"), { role: "admin" }),
    [401, 404, 404, 403, 403, 200],
  ],
  [
    "make an admin a member",
    (who, scene) => who.put(memberPath(scene, "otherAdmin"), { role: "member" }),
    [401, 404, 404, 403, 403, 200],
  ],
  [
    "hand the chat over",
    (who, scene) => who.put(memberPath(scene, "other"), { role: "owner" }),
    [401, 404, 404, 403, 403, 200],
  ],
  ["remove a member", (who, scene) => who.delete(memberPath(scene, "other")), [401, 404, 404, 403, 204, 204]],
  [
    "remove an admin",
    (who, scene) => who.delete(memberPath(scene, "otherAdmin")),
    [401, 404, 404, 403, 403, 204],
  ],
  [
    "remove the owner",
    (who, scene) => who.delete(memberPath(scene, "owner")),
    [401, 404, 404, 403, 403, 409],
  ],
  [
    "remove somebody who is not in it",
    (who, scene) => who.delete(memberPath(scene, "stranger")),
    [401, 404, 404, 403, 404, 404],
  ],
  [
    "leave",
    (who, scene, standing) => who.delete(memberPath(scene, standing)),
    [401, 404, 404, 204, 204, 409],
  ],
];

const codes: Record<number, string> = {
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  409: "owner_must_hand_over",
};

test.each(rules)("who may %s", async (_, tries, statuses) => {
  await using server = await TestServer.start();
  const people = await everybody(server);
  let scene = await setScene(people);
  for (const [i, standing] of standings.entries()) {
    const before = await seenByOwner(scene);
    const reply = await tries(people[standing], scene, standing);
    const status = statuses[i]!;
    if (status < 400) {
      expect({ standing, status: reply.status }).toEqual({ standing, status });
      scene = await setScene(people);
    } else {
      expectRefused(reply, status, codes[status]!);
      expect(await seenByOwner(scene)).toEqual(before);
    }
  }
});

async function everybody(server: TestServer): Promise<Scene["people"]> {
  const names = [
    "stranger",
    "former",
    "member",
    "admin",
    "owner",
    "other",
    "otherAdmin",
    "newcomer",
  ] as const;
  const people: Partial<Scene["people"]> = { nobody: server.as({ user: { id: 999, username: "nobody" } }) };
  for (const name of names) people[name] = await server.register(name);
  return people as Scene["people"];
}

async function setScene(people: Scene["people"]): Promise<Scene> {
  const { former, member, admin, owner, other, otherAdmin } = people;
  const chat = await owner.group("Team", former, member, admin, other, otherAdmin);
  const wrote: Partial<Scene["wrote"]> = {};
  for (const name of ["former", "member", "admin", "owner", "other"] as const) {
    wrote[name] = (await people[name].say(chat, `from ${name}`)).id;
  }
  for (const one of [admin, otherAdmin]) {
    await owner.put(`/api/chats/${chat}/members/${one.id}`, { role: "admin" });
  }
  await former.delete(`/api/chats/${chat}/members/${former.id}`);
  return { chat, people, wrote: wrote as Scene["wrote"] };
}

/** What the owner sees of it all: a refused try leaves no trace. */
async function seenByOwner({ chat, people }: Scene): Promise<unknown> {
  // In this order: the newest page counts as delivered, and the chat says so.
  const messages = (await people.owner.get(`/api/messages/${chat}`)).body;
  return [messages, (await people.owner.get(`/api/chats/${chat}`)).body];
}

function wroteBy(wrote: Scene["wrote"], standing: Standing): number {
  return standing === "nobody" || standing === "stranger" ? wrote.other : wrote[standing];
}

function memberPath({ chat, people }: Scene, name: keyof Scene["people"]): string {
  return `/api/chats/${chat}/members/${people[name].id}`;
}
