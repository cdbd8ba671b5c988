/** The groups into which the documents and their pages sort the calls. */
export const tags = [
  { name: "auth", description: "Accounts: signing up, signing in, sessions, one's own profile and devices." },
  { name: "users", description: "Other people, as far as one may see them." },
  {
    name: "encryption",
    description: "Keys for end-to-end encryption: the directory, and one's own keychain.",
  },
  { name: "chats", description: "Direct and group chats, their members and roles." },
  { name: "messages", description: "Writing, reading, editing and searching messages; receipts." },
  { name: "media", description: "Files in messages, and pictures of people and groups." },
  { name: "notifications", description: "What happened while one was away, and who was mentioned." },
  { name: "system", description: "About this server: its health, its limits and its documents." },
] as const;

type Tag = (typeof tags)[number]["name"];

const elsewhere: Record<string, Tag> = { avatars: "media", status: "system" };

/** The group of a path: what stands behind `/api/`. Errors: one for a path that none of them is for. */
export function tagOf(path: string): Tag {
  const [, first, part = ""] = path.split("/");
  if (first !== "api") return "system";
  const tag = elsewhere[part] ?? tags.find(({ name }) => name === part)?.name;
  if (!tag) throw new Error(`${path} belongs to no group of the documents`);
  return tag;
}
