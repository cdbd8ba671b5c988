import { expect, test } from "bun:test";

import { type Membership, type MembershipStep, readStep, type Role } from "../../src/e2ee/membership.ts";
import { iss, type Pair, makePair, sign } from "../support/e2ee/people.ts";

const chat = 7;
/** Owner, admin, two members, and somebody who is not in it. */
const names = { olga: 1, ada: 2, max: 3, mia: 4, eve: 5 } as const;
type Name = keyof typeof names;
const keys = Object.fromEntries(
  await Promise.all(Object.keys(names).map(async (name) => [name, await makePair("ES256")] as const)),
) as Record<Name, Pair>;
const nothing = { user: null, ik_kid: null, role: null, members: null, hist: null };

class Chain {
  now: Membership | undefined;

  constructor(readonly isGroup = true) {}

  static async group(): Promise<Chain> {
    const chain = new Chain();
    const roles = { olga: "owner", ada: "admin", max: "member", mia: "member" } as const;
    const members = Object.entries(roles).map(([name, role]) => [
      names[name as Name],
      keys[name as Name].kid,
      role,
    ]);
    await chain.take("olga", { op: "create", members, hist: "none" });
    return chain;
  }

  static async direct(): Promise<Chain> {
    const chain = new Chain(false);
    const members = (["max", "mia"] as const).map((name) => [names[name], keys[name].kid, "member"]);
    await chain.take("mia", { op: "create", members, hist: "none" });
    return chain;
  }

  payload(by: Name, changes: object): object {
    const { now } = this;
    const place = { m: (now?.m ?? 0) + 1, prev: now?.hash ?? null };
    const author = { by: names[by], by_kid: keys[by].kid };
    return { v: 1, iss, chat, ...place, ...nothing, ...author, iat: 1_800_000_000, ...changes };
  }

  async read(text: string) {
    const isIdentityOf = (_: number, chainKid: string, kid: string) => chainKid === kid;
    return readStep(text, { iss, chat, isGroup: this.isGroup, before: this.now, isIdentityOf });
  }

  async take(by: Name, changes: object): Promise<Membership> {
    const text = await sign(this.payload(by, changes), keys[by], "chat-member+jws");
    return (this.now = (await this.read(text)).after);
  }

  /** Names and roles, in the order of their ids. */
  get roles(): string {
    const name = (id: number) => Object.entries(names).find(([, one]) => one === id)?.[0];
    return [...(this.now?.members ?? [])].map(([id, { role }]) => `${name(id)} ${role}`).join(", ");
  }
}

const user = (name: Name) => ({ user: names[name] });
const kid = (name: Name) => ({ ik_kid: keys[name].kid });

test("a group's chain says who is in it, and who may do what", async () => {
  const chain = await Chain.group();
  await chain.take("ada", { op: "add", ...user("eve"), ...kid("eve"), role: "member" });
  expect(chain.roles).toBe("olga owner, ada admin, max member, mia member, eve member");
  await chain.take("olga", { op: "role", ...user("max"), role: "admin" });
  await chain.take("max", { op: "remove", ...user("eve") });
  await chain.take("mia", { op: "leave", ...user("mia") });
  await chain.take("olga", { op: "role", ...user("ada"), role: "owner" });
  expect(chain.roles).toBe("olga admin, ada owner, max admin");
  await chain.take("olga", { op: "policy", hist: "shared" });
  expect(chain.now).toMatchObject({ m: 7, hist: "shared" });
});

test("somebody who was away is let in again by the identity that they had", async () => {
  const chain = await Chain.group();
  await chain.take("ada", { op: "rekey", ...user("max"), ...kid("max") });
  expect(chain.now?.members.get(names.max)).toEqual({ ikKid: keys.max.kid, role: "member", since: 2 });
});

test("the admin who has been there longest succeeds an owner, and nobody else", async () => {
  const chain = await Chain.group();
  await chain.take("olga", { op: "role", ...user("max"), role: "admin" });
  await expect(chain.take("mia", { op: "role", ...user("mia"), role: "owner" })).rejects.toThrow("may not");
  await expect(chain.take("max", { op: "role", ...user("max"), role: "owner" })).rejects.toThrow("may not");
  await expect(chain.take("ada", { op: "role", ...user("max"), role: "owner" })).rejects.toThrow("may not");
  await chain.take("ada", { op: "role", ...user("ada"), role: "owner" });
  expect(chain.roles).toBe("olga admin, ada owner, max admin, mia member");
});

test("where there is no admin, a member succeeds: who has been there longest", async () => {
  const chain = await Chain.group();
  await chain.take("olga", { op: "remove", ...user("ada") });
  // Who was let in again has not been there longest any more.
  await chain.take("olga", { op: "rekey", ...user("max"), ...kid("max") });
  await expect(chain.take("max", { op: "role", ...user("max"), role: "owner" })).rejects.toThrow("may not");
  await chain.take("mia", { op: "role", ...user("mia"), role: "owner" });
  expect(chain.roles).toBe("olga admin, max member, mia owner");
});

test("a group of 512 takes nobody more", async () => {
  const chain = new Chain();
  const many = Array.from({ length: 511 }, (_, i) => [100 + i, keys.eve.kid, "member"]);
  const members = [[names.olga, keys.olga.kid, "owner"], ...many];
  await chain.take("olga", { op: "create", members, hist: "none" });
  const add = { op: "add", ...user("mia"), ...kid("mia"), role: "member" };
  await expect(chain.take("olga", add)).rejects.toThrow("512 members");
  await chain.take("olga", { op: "remove", user: 100 });
  await chain.take("olga", add);
});

// Beginning anew

/** Everybody has the key of "eve" now, which is no rotation of the one before. */
const anew = (...members: [Name, string][]) => ({
  op: "create",
  hist: "none",
  by_kid: keys.eve.kid,
  members: members.map(([name, role]) => [names[name], keys.eve.kid, role]),
});

async function beginAnew(chain: Chain, by: Name, step: object): Promise<void> {
  const text = await sign(chain.payload(by, step), keys.eve, "chat-member+jws");
  chain.now = (await chain.read(text)).after;
}

const everybody: [Name, Role][] = [
  ["olga", "owner"],
  ["ada", "admin"],
  ["max", "member"],
  ["mia", "member"],
];

test("where nobody has the identity of before, the chain begins anew", async () => {
  const chain = await Chain.group();
  await beginAnew(chain, "ada", anew(...everybody));
  expect(chain.roles).toBe("olga owner, ada admin, max member, mia member");
  expect(chain.now).toMatchObject({ m: 2 });
  expect(chain.now?.members.get(names.max)).toEqual({ ikKid: keys.eve.kid, role: "member", since: 2 });
});

test("in a direct chat both have lost theirs, and either begins anew", async () => {
  const chain = await Chain.direct();
  await beginAnew(chain, "max", anew(["max", "member"], ["mia", "member"]));
  expect(chain.now).toMatchObject({ m: 2 });
});

test.each<[string, string, object]>([
  ["with somebody new", "was not in the chat", anew(...everybody, ["eve", "member"])],
  ["without somebody who was in it", "left out", anew(...everybody.slice(0, 3))],
  ["with another role", "another role", anew(...everybody.with(3, ["mia", "admin"]))],
  [
    "as long as somebody has the identity of before",
    "on already",
    {
      ...anew(...everybody),
      members: anew(...everybody).members.with(1, [names.ada, keys.ada.kid, "admin"]),
    },
  ],
])("no chain begins anew %s", async (_, why, step) => {
  await expect(beginAnew(await Chain.group(), "olga", step)).rejects.toThrow(why);
});

test("a new identity is taken when an admin vouches for it", async () => {
  const chain = await Chain.group();
  await chain.take("ada", { op: "rekey", ...user("olga"), ...kid("eve") });
  expect(chain.now?.members.get(names.olga)).toEqual({ ikKid: keys.eve.kid, role: "owner", since: 2 });
});

test("a member vouches only where no other admin is left", async () => {
  const chain = await Chain.group();
  await chain.take("olga", { op: "role", ...user("ada"), role: "member" });
  await expect(chain.take("max", { op: "rekey", ...user("mia"), ...kid("eve") })).rejects.toThrow("may not");
  await chain.take("max", { op: "rekey", ...user("olga"), ...kid("eve") });
  expect(chain.now?.members.get(names.olga)?.ikKid).toBe(keys.eve.kid);
});

test("in a direct chat the two stay, and each vouches for the other", async () => {
  const chain = await Chain.direct();
  for (const step of [
    { op: "leave", ...user("mia") },
    { op: "add", ...user("eve"), ...kid("eve"), role: "member" },
  ]) {
    await expect(chain.take("mia", step)).rejects.toThrow("does not change");
  }
  await chain.take("max", { op: "rekey", ...user("mia"), ...kid("eve") });
  expect(chain.now?.members.get(names.mia)?.ikKid).toBe(keys.eve.kid);
});

type Refused = [why: string, by: Name, step: Partial<MembershipStep>];
const refused: Record<string, Refused> = {
  "a member adds": ["may not", "max", { op: "add", ...user("eve"), ...kid("eve"), role: "member" }],
  "an admin adds an admin": ["may not", "ada", { op: "add", ...user("eve"), ...kid("eve"), role: "admin" }],
  "a second owner": ["may not", "olga", { op: "add", ...user("eve"), ...kid("eve"), role: "owner" }],
  "who is there is added": ["already", "olga", { op: "add", ...user("mia"), ...kid("mia"), role: "member" }],
  "a member removes": ["may not", "max", { op: "remove", ...user("mia") }],
  "an admin removes the owner": ["may not", "ada", { op: "remove", ...user("olga") }],
  "who is not there is removed": ["are not in", "olga", { op: "remove", ...user("eve") }],
  "one removes oneself": ["leaves", "ada", { op: "remove", ...user("ada") }],
  "one leaves for another": ["nobody leaves", "max", { op: "leave", ...user("mia") }],
  "an owner leaves the others": ["hands the chat over", "olga", { op: "leave", ...user("olga") }],
  "an admin gives roles": ["may not", "ada", { op: "role", ...user("max"), role: "admin" }],
  "one gives oneself a role": ["nothing", "olga", { op: "role", ...user("olga"), role: "admin" }],
  "a role that is there": ["nothing", "olga", { op: "role", ...user("ada"), role: "admin" }],
  "one vouches for oneself": ["themselves", "ada", { op: "rekey", ...user("ada"), ...kid("eve") }],
  "an admin makes themself the owner over another admin": [
    "may not",
    "max",
    { op: "role", ...user("max"), role: "owner" },
  ],
  "a member changes the policy": ["may not", "max", { op: "policy", hist: "shared" }],
  "a policy that is there": ["nothing", "olga", { op: "policy", hist: "none" }],
  "it begins again": [
    "already",
    "olga",
    {
      op: "create",
      hist: "none",
      members: everybody.map(([name, role]) => [names[name], keys[name].kid, role]),
    },
  ],
  "who is not in it": ["by this key", "eve", { op: "policy", hist: "shared" }],
  "another's name": ["by this key", "eve", { op: "policy", hist: "shared", by: names.olga }],
  "another's name and key": [
    "somebody else",
    "eve",
    { op: "policy", hist: "shared", by: names.olga, by_kid: keys.olga.kid },
  ],
  "a step left out": ["before it", "olga", { op: "policy", hist: "shared", m: 3 }],
  "a step that follows another": [
    "before it",
    "olga",
    { op: "policy", hist: "shared", prev: "A".repeat(43) },
  ],
  "another chat": ["its chat", "olga", { op: "policy", hist: "shared", chat: 8 }],
  "another server": ["its iss", "olga", { op: "policy", hist: "shared", iss: "BBECAwQFBgcICQoLDA0ODw" }],
  "a field too many": ["has no user", "olga", { op: "policy", hist: "shared", ...user("max") }],
  "a field too few": ["needs ik_kid", "olga", { op: "add", ...user("eve"), role: "member" }],
  "another operation": ["its op", "olga", { op: "crown" as never, ...user("max") }],
};

test.each(Object.entries(refused))("refused: %s", async (_, [why, by, step]) => {
  const chain = await Chain.group();
  const before = chain.now;
  await expect(chain.take(by, step)).rejects.toThrow(why);
  expect(chain.now).toBe(before);
});

test("what was valid once is refused the second time", async () => {
  const chain = await Chain.group();
  const add = await sign(
    chain.payload("ada", { op: "add", ...user("eve"), ...kid("eve"), role: "member" }),
    keys.ada,
    "chat-member+jws",
  );
  chain.now = (await chain.read(add)).after;
  await chain.take("ada", { op: "remove", ...user("eve") });
  await expect(chain.read(add)).rejects.toThrow("before it");
});

const beginnings: Record<string, [why: string, changes: object]> = {
  "by a member": [
    "only admins",
    {
      members: [
        [1, keys.olga.kid, "member"],
        [2, keys.ada.kid, "owner"],
      ],
    },
  ],
  "without an owner": [
    "its roles",
    {
      members: [
        [1, keys.olga.kid, "admin"],
        [2, keys.ada.kid, "member"],
      ],
    },
  ],
  "in another order": [
    "the order",
    {
      members: [
        [2, keys.ada.kid, "member"],
        [1, keys.olga.kid, "owner"],
      ],
    },
  ],
  "with somebody twice": [
    "the order",
    {
      members: [
        [1, keys.olga.kid, "owner"],
        [1, keys.olga.kid, "member"],
      ],
    },
  ],
  alone: ["its members", { members: [[1, keys.olga.kid, "owner"]] }],
  "without its maker": [
    "by this key",
    {
      members: [
        [2, keys.ada.kid, "owner"],
        [3, keys.max.kid, "member"],
      ],
    },
  ],
  "with something else": ["begins with", { op: "policy" }],
};

test.each(Object.entries(beginnings))("no chain begins %s", async (_, [why, changes]) => {
  await expect(new Chain().take("olga", { op: "create", hist: "none", ...changes })).rejects.toThrow(why);
});
