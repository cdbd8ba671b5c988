/** Who may see and show the pictures of people and chats. A picture is known by its address. */
import { invalid } from "../../core/errors.ts";
import type { Read } from "../../platform/db/database.ts";
import { peopleShowing } from "../accounts/index.ts";
import { isShown, isShownTo } from "./groups/store.ts";
import { sharingChat } from "./members/membership.ts";

/** Before its id, the address of a picture on this server. */
export const avatarsAt = "/api/avatars/";

/** Of people who have left with the same picture, so many are asked for. */
const mostGone = 100;

/**
 * That somebody may show the picture at this address: one elsewhere, or one here that they see now, as their own and
 * that of a chat of theirs. Errors: `validation`.
 */
export async function requirePicture(
  read: Read,
  address: string | null | undefined,
  userId: number,
): Promise<void> {
  if (!address?.startsWith(avatarsAt) || (await seesPicture(read, address, userId))) return;
  throw invalid("avatar_url", "is not a picture on this server that you can see");
}

/**
 * Whether somebody sees the picture at this address: a chat's are for its members, those of people for whoever sees the
 * person, who is everybody until they leave, and then who shares a chat with them.
 */
export async function seesPicture(read: Read, address: string, userId: number): Promise<boolean> {
  const people = await peopleShowing(read, address, mostGone);
  if (people.some((one) => one.isActive)) return true;
  if (await isShownTo(read, address, userId)) return true;
  const gone = people.map((one) => one.id);
  return (await sharingChat(read, userId, gone)).size > 0;
}

/** Whether any person or chat shows the picture at this address. */
export async function isShownAnywhere(read: Read, address: string): Promise<boolean> {
  return (await peopleShowing(read, address, 1)).length > 0 || (await isShown(read, address));
}
