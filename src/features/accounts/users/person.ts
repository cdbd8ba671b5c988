/** Who is asking, and who somebody is by name. */
import type { Actor } from "../../../core/actor.ts";
import { BadToken } from "../../../core/errors.ts";
import type { Read } from "../../../platform/db/database.ts";
import { isLiving } from "../sessions/store.ts";
import { findName } from "./profiles-store.ts";

/** Nobody's user name: `@all` calls everybody in a chat. */
export const everybodysName = "all";

export interface Person {
  id: number;
  username: string;
}

/** Who is asking, when their session lives and their account is active. Errors: `unauthorized`. */
export async function requireActor(read: Read, actor: Actor): Promise<Person> {
  const person = await findSignedIn(read, actor);
  if (!person) throw new BadToken(actor.sessionId);
  return person;
}

/** Whether their session lives and their account is active. */
export async function isSignedIn(read: Read, actor: Actor): Promise<boolean> {
  return (await findSignedIn(read, actor)) !== undefined;
}

/** Two lookups, not one join: SQLite plans a join with bound values anew at each run, ten times the work. */
async function findSignedIn(read: Read, { sessionId, userId }: Actor): Promise<Person | undefined> {
  if (!(await isLiving(read, sessionId, userId))) return undefined;
  const person = await findName(read, userId);
  return person?.isActive ? person : undefined;
}

/** Whether somebody's account is open. */
export async function isActive(read: Read, id: number): Promise<boolean> {
  return (await findName(read, id))?.isActive ?? false;
}
