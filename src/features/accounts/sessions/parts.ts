/** What other features have to do and to say when somebody has signed in. */
import type { Actor } from "../../../core/actor.ts";
import { ExtensionPoint } from "../../../core/extension-point.ts";
import { describeError } from "../../../core/log.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import type { Register, SignedIn } from "../schema.ts";

/** Fields of the answer. */
type Fields = Partial<SignedIn>;

/** Of the answer to a login. Read in its transaction, so in few and quick statements. */
export type LoginPart = (read: Read, actor: Actor) => Promise<Fields>;
/** What is made for somebody who has just registered; the account is there already. */
export type RegistrationStep = (kit: Kit, actor: Actor, input: Register) => Promise<Fields>;

export const loginParts = new ExtensionPoint<LoginPart>();
export const registrationSteps = new ExtensionPoint<RegistrationStep>();

export async function loadLoginParts(read: Read, actor: Actor): Promise<Fields> {
  const fields: Fields = {};
  for (const load of loginParts.values) Object.assign(fields, await load(read, actor));
  return fields;
}

/** One that fails is left out: the account is there, and whoever heard that it is not would try to make it again. */
export async function takeRegistrationSteps(kit: Kit, actor: Actor, input: Register): Promise<Fields> {
  const fields: Fields = {};
  for (const take of registrationSteps.values) {
    try {
      Object.assign(fields, await take(kit, actor, input));
    } catch (error) {
      kit.log.warn("a step of a registration failed", describeError(error));
    }
  }
  return fields;
}
