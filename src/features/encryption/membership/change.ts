/** What chats ask about changes of who is in an encrypted one (chat/encryption.ts). */
import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import type { MemberChange, MemberStep } from "../../chat/index.ts";
import { makeDue } from "../epochs/due.ts";
import { acceptStep, type NextStep, readNextStep } from "./next-step.ts";

/** Errors: `signature_required`, `membership_conflict`, `bad_object` for a step that says something else than the call, `bad_algorithm`. */
export async function readChange(
  kit: Kit,
  actor: Actor,
  chatId: number,
  change: MemberChange,
  signed: string | undefined,
): Promise<MemberStep> {
  if (signed === undefined) {
    // Fewer readers are safe: who has no keys any more can still go, and the chain keeps them until somebody signs it.
    if (change.kind !== "remove") throw new ChatError("signature_required");
    return { readmittedAs: undefined, take: (tx) => makeDue(kit, tx, chatId, "membership") };
  }
  const next = await readNextStep(kit, actor, chatId, signed);
  if (!saysAlike(next, change))
    throw new ChatError("bad_object", "signed: it says something else than the call.");
  const readmittedAs = next.step.op === "rekey" ? roleAfter(next) : undefined;
  return { readmittedAs, take: (tx) => acceptStep(kit, tx, next) };
}

function saysAlike(next: NextStep, change: MemberChange): boolean {
  const { op, user, role } = next.step;
  if (user !== change.userId) return false;
  if (change.kind === "remove") return op === "remove" || op === "leave";
  if (change.kind === "role") return op === "role" && role === change.role;
  if (op === "rekey") return change.role === undefined || change.role === roleAfter(next);
  return op === "add" && role === (change.role ?? "member");
}

function roleAfter({ after, step }: NextStep) {
  return after.members.get(step.user ?? 0)?.role;
}
