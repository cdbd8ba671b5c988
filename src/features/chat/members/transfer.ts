import { ChatError } from "../../../core/errors.ts";
import type { OperatorKit } from "../../../feature.ts";
import { idsByName } from "../../accounts/index.ts";
import { type ChatRow, findChat } from "../groups/store.ts";
import { isMember } from "./membership.ts";
import { requireActive } from "./rules.ts";
import type { Member } from "./schema.ts";
import { succeed } from "./succession.ts";
import { requireOther } from "./view.ts";

/**
 * The operator makes a member the owner of a group. Errors: `not_found`, also for a closed account, `chat_inactive`,
 * `encryption_required` for an encrypted one.
 */
export function transferChat(kit: OperatorKit, chatId: number, username: string): Promise<Member> {
  const name = JSON.stringify(username);
  return kit.db.transact(async (tx) => {
    const chat = await findChat(tx, chatId);
    if (chat?.chatType !== "group") throw new ChatError("not_found", `There is no group ${chatId}.`);
    requireActive(chat);
    requirePlain(chat);
    const id = (await idsByName(tx, [username.toLowerCase()])).get(username.toLowerCase());
    if (id === undefined) throw new ChatError("not_found", `There is no user ${name}.`);
    if (!(await isMember(tx, chatId, id))) {
      throw new ChatError("not_found", `${name} is not in group ${chatId}.`);
    }
    const member = await requireOther(tx, chatId, id);
    if (!member.is_active) throw new ChatError("not_found", `The account of ${name} is disabled.`);
    if (member.role === "owner") return member;
    return succeed(kit, tx, chatId, { id, username: member.username });
  });
}

/** Errors: `encryption_required`. */
function requirePlain({ id, encryptionEpoch }: ChatRow): void {
  if (encryptionEpoch === null) return;
  const detail = `Group ${id} is end-to-end encrypted: its members sign who owns it, and would take no other for the owner.`;
  throw new ChatError("encryption_required", detail);
}
