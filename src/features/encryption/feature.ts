import type { Feature } from "../../feature.ts";
import { loginParts, registrationSteps } from "../accounts/index.ts";
import { boxRoutes } from "./boxes/api.ts";
import { directoryRoutes } from "./directory/api.ts";
import { encryptionKeyChanged } from "./directory/events.ts";
import { keyChangeFollower } from "./directory/follower.ts";
import { keysAtLogin } from "./directory/login-part.ts";
import { keychainRoutes } from "./keychain/api.ts";
import { automaticKeys } from "./server-keys/automatic.ts";
import { serverIdJob } from "./server-id/server-id.ts";

/** End-to-end encryption: whose keys are which, and the keychains that carry them from device to device. */
export const encryption: Feature = {
  name: "encryption",
  offers: ["encryption_keys"],
  routes: [...directoryRoutes, ...keychainRoutes, ...boxRoutes],
  extensions: [loginParts.with(keysAtLogin), registrationSteps.with(automaticKeys)],
  events: [encryptionKeyChanged],
  followers: (kit) => [keyChangeFollower(kit)],
  jobs: (kit) => [serverIdJob(kit)],
};
