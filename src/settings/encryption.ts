import { integer, oneOf } from "./kinds.ts";

export const encryption = {
  E2EE_SERVER_CRYPTO: oneOf(["on", "off"], "on").describe(
    "Whether the server makes keys for those whose programs cannot, and shows each recovery key once. They are as safe as the server was in that moment, and clients say so. With off all keys are made on devices, for whoever trusts no server with them.",
  ),
  UNLOCKS_PER_MINUTE: integer(10, { from: 1, to: 10_000 }).describe(
    "Keychains of keys that the server has made, which one person has it open in a minute to sign or to decrypt. Few, because each could be a passphrase that is tried, and takes some 100 ms of a processor.",
  ),
  KEY_CHANGES_PER_DAY: integer(10, { from: 1, to: 10_000 }).describe(
    "Entries that one person adds to their chain of keys in 24 hours. Few, because each is told to everybody who shares a chat with them, and stays for good.",
  ),
  MAX_KEYCHAIN_BYTES: integer(262_144, { from: 4096, to: 33_554_432 }).describe(
    "Largest keychain of one person, encrypted and in base64url. Enough for their keys of 20 years, and what is pinned of 1000 people and chats. It has to fit into MAX_BODY_BYTES.",
  ),
};
