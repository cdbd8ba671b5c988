import type { LoginPart } from "../../accounts/index.ts";
import { findLast } from "./store.ts";

/** Which keys somebody has: a device that cannot open them has to unlock the keychain, or to replace them. */
export const keysAtLogin: LoginPart = async (read, { userId }) => {
  const last = await findLast(read, userId);
  return last ? { encryption: { kid: last.encKid, confirmed: last.isConfirmed } } : {};
};
