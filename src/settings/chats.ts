import { integer } from "./kinds.ts";

export const chats = {
  MAX_CONTENT_BYTES: integer(16_384, { from: 1, to: 1_048_576 }).describe(
    "Longest text of a message, in bytes of UTF-8: about four pages.",
  ),
  MAX_ENCRYPTED_BYTES: integer(65_536, { from: 4096, to: 1_048_576 }).describe(
    "Longest encrypted content of a message, in base64url as it is sent: some 32 KB of text, signed and padded, which is twice what a plain message may have. It has to fit into MAX_BODY_BYTES and MAX_FRAME_BYTES.",
  ),
  MAX_GROUP_MEMBERS: integer(5000, { from: 2, to: 1_000_000 }).describe(
    "Members of a group. One message is a frame for each of them.",
  ),
  MAX_MENTIONS: integer(50, { from: 1, to: 1000 }).describe(
    "People mentioned by name in one message. For more there is `@all`.",
  ),
  MENTION_NAMES: integer(200, { from: 1, to: 10_000 }).describe(
    "Names after an @ in one message that are looked up, each in up to eight readings. Further ones are plain text.",
  ),
  MENTIONS_ALL_PER_HOUR: integer(10, { from: 1, to: 1_000_000 }).describe(
    "Messages with `@all` in one chat in an hour. Few, because each notifies every member.",
  ),
  MENTIONS_ALL_FREE_MEMBERS: integer(50, { from: 0, to: 1_000_000 }).describe(
    "Members up to which `@all` is not counted. As many as MAX_MENTIONS, because all of them could be mentioned by name.",
  ),
  LARGE_CHAT_MEMBERS: integer(200, { from: 1, to: 1_000_000 }).describe(
    "Members above which a chat is large: receipts, presence and typing go only to those who look at it. From everybody to everybody, twice the members would mean four times the frames.",
  ),
  LARGE_CHAT_DELIVERIES_PER_SECOND: integer(20_000, { from: 100, to: 100_000_000 }).describe(
    "Frames that one large chat may cause in a second: what happens in it, times its members. 20 messages a second to 1000 members; further ones wait.",
  ),
  MEMBERSHIPS_PER_HOUR: integer(200, { from: 1, to: 1_000_000 }).describe(
    "People whom one person adds to chats in an hour. Enough for a company's new group, too few to reach thousands of strangers.",
  ),
  SAME_MEMBERSHIP_PER_DAY: integer(3, { from: 1, to: 1_000_000 }).describe(
    "How often one person can be added to the same group in a day. Few, because each time notifies them.",
  ),
};
