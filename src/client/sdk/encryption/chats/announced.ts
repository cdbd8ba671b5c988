/** What the server says of who is in a chat, against what its members have signed. */
import type { MembershipStep } from "../../../../e2ee/membership.ts";
import type { Message } from "../../wire.ts";

type Said = Pick<Message, "id" | "sender_id" | "system">;

const operations: Record<string, readonly MembershipStep["op"][]> = {
  member_added: ["add", "rekey"],
  member_removed: ["remove"],
  member_left: ["leave"],
  role_changed: ["role"],
  owner_changed: ["role"],
  owner_succeeded: ["role"],
};

/** Ids of the system messages of which a step says the same. `messages`: in their order. Each step stands for one of them. */
export function signedAmong(messages: readonly Said[], steps: readonly MembershipStep[]): Set<number> {
  const left = new Set(steps);
  const signed = new Set<number>();
  for (const message of messages) {
    const step = [...left].find((one) => isSame(message, one));
    if (!step) continue;
    left.delete(step);
    signed.add(message.id);
  }
  return signed;
}

function isSame({ sender_id, system }: Said, { op, by, user, role }: MembershipStep): boolean {
  if (!system || by !== sender_id || !operations[system.event]?.includes(op)) return false;
  const about = system.user_id ?? sender_id;
  const given = system.event.startsWith("owner") ? "owner" : (system.role ?? null);
  return about === user && (op !== "role" || given === role);
}
