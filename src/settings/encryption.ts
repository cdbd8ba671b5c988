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
  EPOCH_MESSAGES: integer(1000, { from: 1, to: 1_000_000 }).describe(
    "Messages of an encrypted chat under one key; then whoever writes next makes another one. Whoever finds out a key reads no more than that.",
  ),
  EPOCH_DAYS: integer(7, { from: 1, to: 365 }).describe(
    "Days after which a key of an encrypted chat is followed by another one, however little was written.",
  ),
  EPOCH_REPAIRS_PER_HOUR: integer(5, { from: 1, to: 1000 }).describe(
    "Keys of an encrypted chat that one person makes in an hour although none is due: because theirs cannot be opened, or after a backup was put back. Few, because each may have 400 KB and is read by everybody.",
  ),
  MAX_GRANT_BYTES: integer(131_072, { from: 4096, to: 1_048_576 }).describe(
    "Largest grant of keys of earlier epochs, encrypted and in base64url. Enough for 1000 epochs. It has to fit into MAX_BODY_BYTES.",
  ),
};
