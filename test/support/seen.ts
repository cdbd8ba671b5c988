/** What somebody sees over REST, call by call. None of these calls changes anything. */
import { withoutNothing } from "./data.ts";
import type { Person } from "./person.ts";

/** By the path that was asked for. */
export type Seen = Map<string, unknown>;

/** Their account, chats, notifications, what they find, and all files that one of those names. */
export async function seenBy(person: Person): Promise<Seen> {
  const seen: Seen = new Map();
  const see = async (path: string) => {
    const found = await seeAgain(person, path);
    seen.set(path, found);
    return found as any;
  };
  for (const path of ownPaths) await see(path);
  const { chats } = await see("/api/chats?limit=100");
  for (const { id, last_message } of chats) {
    await see(`/api/chats/${id}/members?limit=100`);
    await see(`/api/chats/${id}/media?limit=100`);
    if (!last_message) continue;
    // Whoever loads the newest page without an anchor has received it.
    await see(`/api/messages/${id}?around=${last_message.id}&limit=100`);
    await see(`/api/messages/${last_message.id}/receipts`);
  }
  for (const path of filesIn([...seen.values()])) await see(path);
  return seen;
}

/** Of the whole server, how much there is. */
const counts = "/api/status";

const ownPaths = [
  counts,
  "/api/auth/me",
  "/api/auth/sessions",
  "/api/users?ids=1,2,3,4,5,6,7,8",
  "/api/users/search?q=hugo",
  "/api/notifications?limit=100",
  "/api/notifications/mentions?limit=100",
  "/api/notifications/count",
  "/api/messages/search?q=tea",
  "/api/messages/search?q=sound",
];

export async function seeAgain(person: Person, path: string): Promise<unknown> {
  if (path === counts) return countsOf((await person.get(path)).body);
  if (!isFile(path)) return withoutNothing((await person.get(path)).body);
  const { status, headers, bytes, body } = await person.download(path);
  if (status !== 200) return { status, code: body.code };
  const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  return { type: headers.get("content-type"), size: bytes.length, sha256 };
}

function countsOf({ users, chats, messages, media_files, media_bytes }: Record<string, number>) {
  return { users, chats, messages, media_files, media_bytes };
}

function isFile(path: string): boolean {
  return /^\/api\/(media|avatars)\/\d+(\/thumbnail.*)?$/.test(path);
}

/** The addresses of files, their thumbnails and of pictures of people and chats, wherever they stand. */
function filesIn(seen: unknown[]): Set<string> {
  const paths = JSON.stringify(seen).matchAll(/"(\/api\/(?:media|avatars)\/[^"]+)"/g);
  return new Set([...paths].map(([, path]) => path!));
}
