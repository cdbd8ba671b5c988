/** What others see of somebody. */
import { ChatError } from "../../../core/errors.ts";
import { toTime } from "../../../core/wire.ts";
import type { Read } from "../../../platform/db/database.ts";
import type { User } from "../schema.ts";
import { parseNames } from "./name-search.ts";
import { searchProfiles } from "./names-store.ts";
import { findProfile, type Profile } from "./profiles-store.ts";

/** Somebody who can be talked to. Errors: `not_found`. */
export async function requireProfile(read: Read, id: number): Promise<Profile> {
  const profile = await findProfile(read, id);
  if (!profile?.isActive) throw new ChatError("not_found", "This user was not found.");
  return profile;
}

/** People by words of their names; none where the query has no words. Looks at every name. */
export async function findByNames(read: Read, query: string, limit: number): Promise<Profile[]> {
  const names = parseNames(query);
  return names.words.length > 0 ? searchProfiles(read, names, limit) : [];
}

/**
 * Somebody as others see them. Whether they are online is for those who share a chat with them: `isOnline` is
 * undefined for strangers.
 */
export function toUser(profile: Profile, isOnline: ((userId: number) => boolean) | undefined): User {
  return {
    id: profile.id,
    username: profile.username,
    full_name: profile.fullName,
    avatar_url: profile.avatarUrl,
    bio: profile.bio,
    is_active: profile.isActive,
    ...presenceOf(profile, isOnline?.(profile.id)),
  };
}

/** `isOnline`: undefined for whoever may not know. */
export function presenceOf(
  { lastSeenAt }: Pick<Profile, "lastSeenAt">,
  isOnline: boolean | undefined,
): { is_online: boolean | null; last_seen: string | null } {
  return {
    is_online: isOnline ?? null,
    last_seen: isOnline === false && lastSeenAt !== null ? toTime(lastSeenAt) : null,
  };
}
