import type { EncryptionState, Session } from "../../sdk/index.ts";

/** What a state means on this device, and what to do about it. */
export const stateWords: Record<EncryptionState, string> = {
  unknown: "The server has not said yet how it stands with your keys.",
  none: "You have no keys yet: parley chat keys setup",
  unconfirmed: "The server has made keys for you, which nobody has used: parley chat keys setup",
  locked: "This device has not unlocked your keys: parley chat keys unlock",
  ready: "This device has your keys.",
  changed: "Your keys are not what this device knows: parley chat keys says more",
};

/** Whether this device opens and writes what is encrypted. */
export function isReady({ encryption }: Session): boolean {
  return encryption.state.peek() === "ready";
}
