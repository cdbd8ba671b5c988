/** Steps of a chat's membership that this person signs. */
import type { HistoryPolicy, Membership, MembershipStep, Role } from "../../../../e2ee/membership.ts";
import { sign } from "../../../../e2ee/signed.ts";
import type { ChatKeys } from "./ports.ts";

/** What a step does. */
export type Action =
  | { op: "create"; members: [user: number, ik_kid: string, role: Role][]; hist: HistoryPolicy }
  | { op: "add"; user: number; ik_kid: string; role: Role }
  | { op: "rekey"; user: number; ik_kid: string }
  | { op: "remove" | "leave"; user: number }
  | { op: "role"; user: number; role: Role }
  | { op: "policy"; hist: HistoryPolicy };

/** The step that follows `before`, signed. `now`: milliseconds since 1970. */
export async function signStep(
  keys: Pick<ChatKeys, "iss" | "userId" | "identity">,
  chat: number,
  before: Pick<Membership, "m" | "hash"> | undefined,
  action: Action,
  now: number,
): Promise<string> {
  const me = await keys.identity();
  const { op, ...fields } = action;
  const step: MembershipStep = {
    v: 1,
    iss: keys.iss,
    chat,
    m: (before?.m ?? 0) + 1,
    prev: before?.hash ?? null,
    op,
    ...nothing,
    ...("members" in fields ? { ...fields, members: inOrder(fields.members) } : fields),
    by: keys.userId,
    by_kid: me.kid,
    iat: Math.floor(now / 1000),
  };
  return sign("chat-member+jws", step, me.kid, me.privateKey);
}

/** What an operation has no use for is null. */
const nothing = { user: null, ik_kid: null, role: null, members: null, hist: null };

function inOrder(members: [number, string, Role][]): [number, string, Role][] {
  return members.toSorted(([a], [b]) => a - b);
}
