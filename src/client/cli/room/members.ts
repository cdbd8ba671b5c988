import type { Room } from "./room.ts";

/** Who is in a chat, as the server has it; they are loaded. */
export function plainMembers({ conversation, style }: Room): string {
  const online = conversation.online.peek();
  const lines = conversation.members.peek().map(({ user_id, username, role, nickname }) => {
    const facts = [role, ...(online.has(user_id) ? ["online"] : [])].join(", ");
    return `${style.name(username)}${nickname ? ` “${style.name(nickname)}”` : ""} (${facts})`;
  });
  return lines.join("\n");
}
