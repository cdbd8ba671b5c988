/** The public face of chats: what other features and the server may use. */
export { chat } from "./feature.ts";

// Who is in a chat, and may do what
export {
  acquainted,
  audiencesOf,
  chatIdsOf,
  chatSizes,
  isMember,
  requireGroup,
  requireMember,
  requireOpen,
  sharingChat,
  standingIn,
} from "./members/membership.ts";
export { findMemberships, memberCounts, type Membership, rolesIn } from "./members/memberships-store.ts";
export { requireMay, rules } from "./members/rules.ts";
export { type NotifyLevel, Role, signed } from "./members/schema.ts";
export { findMembers, findOthers, pageOfMemberships } from "./members/store.ts";
export { fillVacancies, succeed } from "./members/succession.ts";

// Chats
export { avatarsAt, isShownAnywhere, requirePicture, seesPicture } from "./pictures.ts";
export { changeChat, changeGroup } from "./groups/changes.ts";
export { chatCreated, chatRemoved, answered } from "./groups/events.ts";
export {
  type ChatRow,
  countChats,
  countEncrypted,
  findChat,
  findChats,
  findSize,
  updateChat,
} from "./groups/store.ts";
export { pace } from "./pace.ts";
export {
  type ChatEncryption,
  chatEncryption,
  type Ciphertext,
  type MemberChange,
  type MemberStep,
} from "./encryption.ts";

// Messages
export { requireMessage } from "./messages/access.ts";
export { messageDeleted, messageFilled, messageUpdated, newMessage } from "./messages/events.ts";
export { loadMessage, loadMessages } from "./messages/load.ts";
export { waitForChange } from "./messages/pace.ts";
export { type MessagePart, messageParts } from "./messages/parts.ts";
export { type ContentType, Message, Reaction, SentType } from "./messages/schema.ts";
export {
  countMessages,
  deletedAmong,
  findMessages,
  idOfSeq,
  type MessageRow,
  messagesAfter,
  newestMessage,
  newestUnread,
  type Outline,
  outlinesBetween,
  outlinesOf,
} from "./messages/store.ts";
export { mediaOf } from "./attachments/attachments.ts";

// Mentions
export { unreadMentions } from "./mentions/mentions.ts";
export {
  deleteReadMentions,
  findMention,
  markMentionsRead,
  mentionsAmong,
  mentionsOf,
  mentionsReadAt,
  pageOfUnreadMentions,
  someUnreadMentions,
  unreadMentionsUpTo,
} from "./mentions/reading-store.ts";
export { insertMention, type MentionRow } from "./mentions/store.ts";

// Receipts
export { arrive } from "./receipts/arrive.ts";
export { chatRead } from "./receipts/events.ts";
export { pageOfLaggards, pageOfUnmutedLaggards } from "./receipts/markers-store.ts";
export { unreadBehind, unreadIn } from "./receipts/unread.ts";
export { unreadInAll, unreadInAllOf } from "./receipts/unread-store.ts";
export { sessionProofs } from "./receipts/session-proofs.ts";
