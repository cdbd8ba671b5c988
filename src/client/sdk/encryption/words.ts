/** What is wrong with somebody's keys, for people. */
import type { EncryptionProblem, EncryptionTrouble } from "./types.ts";

const own: Record<EncryptionTrouble, string> = {
  own_keys_changed:
    "Your keys were replaced. If you did this on another device, unlock with its recovery key. If not, somebody has taken your place, perhaps whoever runs the server: change your password, reset your keys and tell the people you write to.",
  own_keys_renewed:
    "Your keys were renewed on another device of yours. Unlock this one with the new recovery key.",
  keychain_rolled_back:
    "The server gives out an older keychain than it had. Perhaps it was restored from a backup; perhaps it hides something from you. Ask whoever runs it before you go on.",
  keychain_damaged:
    "What the server gives out as your keychain is not yours. This device still has your keys. Ask whoever runs the server.",
  recovery_key_unseen: "Nobody has seen the recovery key of your keys. Make a new one and write it down.",
  other_server: "Another server answers at this address. Do not write anything until you know why.",
  reset: "",
  by_server: "",
  rolled_back:
    "The server shows older keys of yours than it did. Perhaps it was restored from a backup; perhaps it hides something. Ask whoever runs it before you go on.",
  swapped: "The server shows other keys of yours than those that you have made. It is not to be trusted.",
  forged: "What the server shows as your keys is not signed by you. It is not to be trusted.",
};

const others: Partial<Record<EncryptionTrouble, string>> = {
  reset:
    "NAME has new keys, and nothing of before vouches for them. Perhaps NAME lost their device; perhaps somebody has taken their place. Ask NAME over another way, or compare your safety number.",
  by_server:
    "NAME's keys were made by their own device, and now the server has made others. Whoever runs the server could read what is encrypted for them. Ask NAME over another way whether they did this.",
  rolled_back:
    "The server shows older keys of NAME than it did. Perhaps it was restored from a backup; perhaps it wants you to use keys that somebody has stolen. Ask whoever runs it before you go on.",
  swapped:
    "The server shows other keys of NAME than it did, with another past. Somebody may stand between you and NAME. Compare your safety number.",
  forged:
    "What the server shows as NAME's keys is not signed as it has to be. Nothing is encrypted for them.",
};

export function problemOf(
  kind: EncryptionTrouble,
  userId: number,
  name: string | undefined,
): EncryptionProblem {
  const text = name === undefined ? own[kind] : (others[kind] ?? "").replaceAll("NAME", () => name);
  return { kind, user_id: userId, text };
}
