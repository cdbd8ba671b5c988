import type { Feature } from "../../feature.ts";
import { loginParts, registrationSteps } from "../accounts/index.ts";
import { chatEncryption } from "../chat/index.ts";
import { boxRoutes } from "./boxes/api.ts";
import { encryptionOfChats } from "./chat-encryption.ts";
import { directoryRoutes } from "./directory/api.ts";
import { encryptionKeyChanged } from "./directory/events.ts";
import { keyChangeFollower } from "./directory/follower.ts";
import { keysAtLogin } from "./directory/login-part.ts";
import { epochRoutes } from "./epochs/api.ts";
import { encryptionEpoch, encryptionRekeyRequired } from "./epochs/events.ts";
import { rosterFollower } from "./epochs/follower.ts";
import { grantRoutes } from "./grants/api.ts";
import { encryptionGrant } from "./grants/events.ts";
import { keychainRoutes } from "./keychain/api.ts";
import { membershipRoutes } from "./membership/api.ts";
import { encryptionMembership } from "./membership/events.ts";
import { automaticKeys } from "./server-keys/automatic.ts";
import { serverIdJob } from "./server-id/server-id.ts";

/** End-to-end encryption: whose keys are which, the keychains that carry them, and who can read an encrypted chat. */
export const encryption: Feature = {
  name: "encryption",
  offers: ["encryption_keys", "encrypted_chats"],
  routes: [
    ...directoryRoutes,
    ...keychainRoutes,
    ...boxRoutes,
    ...membershipRoutes,
    ...epochRoutes,
    ...grantRoutes,
  ],
  extensions: [
    loginParts.with(keysAtLogin),
    registrationSteps.with(automaticKeys),
    chatEncryption.with(encryptionOfChats),
  ],
  events: [
    encryptionKeyChanged,
    encryptionMembership,
    encryptionEpoch,
    encryptionRekeyRequired,
    encryptionGrant,
  ],
  followers: (kit) => [keyChangeFollower(kit), rosterFollower(kit)],
  jobs: (kit) => [serverIdJob(kit)],
};
