/** What other features have to do and to say when somebody has signed in. */
import type { Actor } from "../../../core/actor.ts";
import { ExtensionPoint } from "../../../core/extension-point.ts";
import type { Read } from "../../../platform/db/database.ts";
import type { SignedIn } from "../schema.ts";

/** Fields of the answer to a login. Read in its transaction, so in few and quick statements. */
export type LoginPart = (read: Read, actor: Actor) => Promise<Partial<SignedIn>>;

export const loginParts = new ExtensionPoint<LoginPart>();

export async function loadLoginParts(read: Read, actor: Actor): Promise<Partial<SignedIn>> {
  const parts: Partial<SignedIn> = {};
  for (const load of loginParts.values) Object.assign(parts, await load(read, actor));
  return parts;
}
