/** Membership: of each encrypted chat a chain of signed steps, which alone says who is in it and who may do what. */
import { BadObject } from "./bad-object.ts";
import { type Checks, isCount, isHash, isId, isOne, orNull } from "./json.ts";
import { readSigned, type Signed } from "./signed.ts";

export type Role = "owner" | "admin" | "member";
export type Operation = "create" | "add" | "remove" | "leave" | "role" | "rekey" | "policy";

/** Who may be shown what was written before they came: `none`, or `shared`, by whoever adds them. */
export type HistoryPolicy = "none" | "shared";

/** One step. What an operation has no use for is null. */
export interface MembershipStep {
  v: 1;
  iss: string;
  chat: number;
  /** From 1. */
  m: number;
  /** H of the step before; null in the first. */
  prev: string | null;
  op: Operation;
  /** Whom it is about. */
  user: number | null;
  /** Their identity from then on: of `add` and `rekey`. */
  ik_kid: string | null;
  /** Of `add` and `role`. */
  role: Role | null;
  /** Of `create`: all members, each with identity and role, in the order of their ids. */
  members: [user: number, ik_kid: string, role: Role][] | null;
  /** Of `create` and `policy`. */
  hist: HistoryPolicy | null;
  by: number;
  by_kid: string;
  /** Seconds since 1970. */
  iat: number;
}

export interface ChainMember {
  ikKid: string;
  role: Role;
  /** The step that put them here, or gave them this identity. */
  since: number;
}

/** Where a chain stands after a step. */
export interface Membership {
  m: number;
  hash: string;
  isGroup: boolean;
  hist: HistoryPolicy;
  members: ReadonlyMap<number, ChainMember>;
}

export interface MembershipContext {
  iss: string;
  chat: number;
  isGroup: boolean;
  before: Membership | undefined;
  /**
   * Whether a key is the identity that the chain has of somebody, or one that it was handed over to (directory). What is not known yet is
   * no key of theirs.
   */
  isIdentityOf(user: number, chainKid: string, kid: string): boolean;
}

const roles = ["owner", "admin", "member"] as const;
const operations = ["create", "add", "remove", "leave", "role", "rekey", "policy"] as const;
/** So that everybody's key fits into one epoch. */
export const mostMembers = 512;
/** Of a step: 512 members take some 40,000 in base64url, and an id may have 16 digits. */
const mostBytes = 131_072;

/**
 * Reads the step that follows `before` and works out where the chain stands then. Whether the signature is right is checked by who
 * knows the key (`verify`, with that of `by_kid`). Errors: BadObject for a step that does not follow, that its author may not do, or
 * that changes nothing.
 */
export async function readStep(
  text: string,
  context: MembershipContext,
): Promise<{ step: Signed<MembershipStep>; after: Membership }> {
  const { before } = context;
  const step = await readSigned(text, "chat-member+jws", checksOf(context), mostBytes);
  const { payload, hash } = step;
  if (payload.m !== (before?.m ?? 0) + 1 || payload.prev !== (before?.hash ?? null))
    throw new BadObject("it does not follow the step before it", "membership_conflict");
  if (step.signatures.length !== 1 || step.signatures[0]?.kid !== payload.by_kid) {
    throw new BadObject("somebody else has signed it");
  }
  requireFields(payload);
  const begun = before && payload.op !== "create" ? before : begin(payload, context);
  const author = begun.members.get(payload.by);
  if (!author || !context.isIdentityOf(payload.by, author.ikKid, payload.by_kid)) {
    throw new BadObject("who signed it is not in the chat by this key");
  }
  const members = begun === before ? carryOut(payload, before, author) : begun.members;
  return { step, after: { ...begun, m: payload.m, hash, members, hist: payload.hist ?? begun.hist } };
}

function checksOf({ iss, chat }: MembershipContext): Checks<MembershipStep> {
  return {
    v: isOne(1),
    iss: isOne(iss),
    chat: isOne(chat),
    m: isId,
    prev: orNull(isHash),
    op: isOne(...operations),
    user: orNull(isId),
    ik_kid: orNull(isHash),
    role: orNull(isOne(...roles)),
    members: orNull(isMembers),
    hist: orNull(isOne("none", "shared")),
    by: isId,
    by_kid: isHash,
    iat: isCount,
  };
}

function isMembers(value: unknown): value is MembershipStep["members"] & {} {
  const isMember = (one: unknown) =>
    Array.isArray(one) && one.length === 3 && isId(one[0]) && isHash(one[1]) && roles.includes(one[2]);
  return Array.isArray(value) && value.length >= 2 && value.length <= mostMembers && value.every(isMember);
}

const used: Record<Operation, readonly (keyof MembershipStep)[]> = {
  create: ["members", "hist"],
  add: ["user", "ik_kid", "role"],
  remove: ["user"],
  leave: ["user"],
  role: ["user", "role"],
  rekey: ["user", "ik_kid"],
  policy: ["hist"],
};

function requireFields(step: MembershipStep): void {
  for (const name of ["user", "ik_kid", "role", "members", "hist"] as const) {
    if ((step[name] !== null) !== used[step.op].includes(name)) {
      throw new BadObject(`a step "${step.op}" ${step[name] === null ? "needs" : "has no"} ${name}`);
    }
  }
}

/**
 * Turns encryption on: in a group an admin or the owner, in a direct chat either of the two. Where it is on, it begins anew only after
 * everybody in it has lost the identity that the chain has of them: nobody is left then who could vouch for another.
 */
function begin({ op, members, hist, by, m }: MembershipStep, context: MembershipContext): Membership {
  const { isGroup, before } = context;
  if (op !== "create" || !members || !hist) throw new BadObject('a chain begins with the step "create"');
  const all = new Map(members.map(([user, ikKid, role]) => [user, { ikKid, role, since: m }]));
  const owners = members.filter(([, , role]) => role === "owner").length;
  const isSorted = members.every(([user], i) => i === 0 || user > (members[i - 1]?.[0] ?? 0));
  if (!isSorted) throw new BadObject("its members are not in the order of their ids");
  if (isGroup ? owners !== 1 : members.length !== 2 || members.some(([, , role]) => role !== "member")) {
    throw new BadObject("its roles are not those of such a chat");
  }
  if (isGroup && all.get(by)?.role === "member") throw new BadObject("only admins and the owner turn it on");
  if (before) requireLost(all, before, context.isIdentityOf);
  return { m, hash: "", isGroup, hist, members: all };
}

/**
 * Errors: BadObject where not exactly those are listed who were in the chain, each in their role, or somebody still has the identity of before.
 * Whoever could leave somebody out could take the chat over.
 */
function requireLost(
  listed: ReadonlyMap<number, ChainMember>,
  { members }: Membership,
  isIdentityOf: MembershipContext["isIdentityOf"],
): void {
  for (const user of members.keys())
    if (!listed.has(user)) throw new BadObject("somebody who was in the chat is left out");
  for (const [user, { ikKid, role }] of listed) {
    const known = members.get(user);
    if (!known) throw new BadObject("somebody is in it who was not in the chat");
    if (isIdentityOf(user, known.ikKid, ikKid))
      throw new BadObject("encryption is on already, and somebody's identity is the one of before");
    if (role !== known.role) throw new BadObject("somebody has another role than before");
  }
}

/**
 * Who succeeds an owner: the admin who has been there longest, else the member; of those of one step the one with the lowest id. Undefined
 * where only the owner is left.
 */
export function heirOf(members: ReadonlyMap<number, ChainMember>): number | undefined {
  const [first] = [...members]
    .filter(([, one]) => one.role !== "owner")
    .toSorted(
      ([id, one], [otherId, other]) =>
        Number(other.role === "admin") - Number(one.role === "admin") ||
        one.since - other.since ||
        id - otherId,
    );
  return first?.[0];
}

type Members = Map<number, ChainMember>;

function carryOut(step: MembershipStep, before: Membership, author: ChainMember): Members {
  const members: Members = new Map(before.members);
  if (step.op !== "create") rules[step.op](step, members, author, before);
  return members;
}

type Rule = (step: MembershipStep, members: Members, author: ChainMember, before: Membership) => void;

const rules: Record<Exclude<Operation, "create">, Rule> = {
  add({ user, ik_kid, role, m }, members, author, { isGroup }) {
    if (!isGroup) throw new BadObject("who is in a direct chat does not change");
    requireAdmin(author);
    if (role === "owner" || (role === "admin" && author.role !== "owner")) throw notAllowed();
    if (user === null || members.has(user)) throw new BadObject("they are in the chat already");
    if (members.size >= mostMembers) throw new BadObject(`the chat has ${mostMembers} members already`);
    members.set(user, { ikKid: ik_kid ?? "", role: role ?? "member", since: m });
  },
  remove({ user, by }, members, author) {
    requireAdmin(author);
    const removed = requireMember(members, user);
    if (user === by) throw new BadObject("who goes leaves");
    if (removed.role === "owner" || (removed.role === "admin" && author.role !== "owner")) throw notAllowed();
    members.delete(user ?? 0);
  },
  leave({ user, by }, members, author, { isGroup }) {
    if (user !== by) throw new BadObject("nobody leaves for another");
    if (!isGroup) throw new BadObject("who is in a direct chat does not change");
    if (author.role === "owner" && members.size > 1)
      throw new BadObject("an owner hands the chat over first");
    members.delete(by);
  },
  role({ user, role, by }, members, author) {
    if (user === by && role === "owner" && author.role !== "owner") return succeed(by, members, author);
    if (author.role !== "owner") throw notAllowed();
    const member = requireMember(members, user);
    if (user === by || member.role === role) throw new BadObject("it changes nothing");
    if (role === "owner") members.set(by, { ...author, role: "admin" });
    members.set(user ?? 0, { ...member, role: role ?? "member" });
  },
  rekey({ user, ik_kid, by, m }, members, author, { isGroup }) {
    const member = requireMember(members, user);
    if (user === by) throw new BadObject("nobody vouches for themselves");
    // The identity may be the same: whoever was away from the roster is let in again.
    // Whoever may be the only admin left needs somebody who lets them in again.
    const others = [...members].filter(([id, one]) => id !== user && one.role !== "member");
    if (isGroup && author.role === "member" && others.length > 0) throw notAllowed();
    members.set(user ?? 0, { ...member, ikKid: ik_kid ?? "", since: m });
  },
  policy(step, _, author, { hist, isGroup }) {
    if (isGroup) requireAdmin(author);
    if (step.hist === hist) throw new BadObject("it changes nothing");
  },
};

/** An owner is away. Whether they are, the chain does not know: only who would be next. */
function succeed(by: number, members: Members, author: ChainMember): void {
  if (heirOf(members) !== by) throw notAllowed();
  for (const [user, one] of members) if (one.role === "owner") members.set(user, { ...one, role: "admin" });
  members.set(by, { ...author, role: "owner" });
}

function requireAdmin({ role }: ChainMember): void {
  if (role === "member") throw notAllowed();
}

function requireMember(members: Members, user: number | null): ChainMember {
  const found = members.get(user ?? 0);
  if (!found) throw new BadObject("they are not in the chat");
  return found;
}

function notAllowed(): BadObject {
  return new BadObject("who signed it may not do this");
}
