import type { SystemFacts } from "./schema.ts";

const sentences: Record<SystemFacts["event"], (facts: SystemFacts) => string> = {
  group_created: ({ name }) => `created “${name}”`,
  member_added: ({ username }) => `added ${username}`,
  member_removed: ({ username }) => `removed ${username}`,
  member_left: () => "left",
  role_changed: ({ username, role }) => `made ${username} ${role === "admin" ? "an admin" : "a member"}`,
  owner_changed: ({ username }) => `handed the chat over to ${username}`,
  owner_succeeded: () => "is the owner of this chat now",
  chat_renamed: ({ name }) => `renamed the chat to “${name}”`,
  description_changed: () => "changed the description",
  avatar_changed: () => "changed the picture",
  nickname_changed: ({ nickname }) =>
    nickname ? `goes by the nickname “${nickname}” now` : "has no nickname any more",
  chat_closed: () => "closed the chat",
};

/** What a system message says to people: "alice added bob". */
export function systemText(actor: string, facts: SystemFacts): string {
  return `${actor} ${sentences[facts.event](facts)}`;
}
