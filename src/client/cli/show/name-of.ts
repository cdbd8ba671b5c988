import type { Conversation } from "../../sdk/index.ts";
import type { NameOf } from "./message.ts";

/** The user names of those in a chat whose members are loaded. */
export function nameIn({ members }: Conversation): NameOf {
  return (userId) => members.peek().find((one) => one.user_id === userId)?.username;
}

/** Loads all members of a large chat, of which opening it loads none. Errors: ParleyError. */
export async function loadNames(conversation: Conversation): Promise<void> {
  const count = conversation.info.peek()?.member_count ?? 0;
  if (conversation.members.peek().length < count) await conversation.loadMembers();
}
