/** The library for clients: a session, what it shows as signals, and an outbox that loses nothing. */
export { connect, Session, type Connection, type ConnectOptions } from "./session.ts";
export { Conversation, type SendOptions } from "./conversation.ts";
export { ChatEncryption } from "./chat-encryption.ts";
export { Encryption } from "./encryption.ts";
export type {
  ChatMember,
  ChatPreview,
  EncryptedChatView,
  EncryptionProblem,
  EncryptionState,
  EncryptionTrouble,
  OpenedMessage,
  PersonKeys,
  RecoveryKey,
  Unlock,
} from "./encryption/types.ts";
export { maySucceedLater, ParleyError, type OwnCode } from "./errors.ts";
export { memoryStore } from "./store/memory.ts";
export type { Kept, KeptRow, Move, Store, Tokens } from "./store/store.ts";
export { StoreMoved } from "./store/store.ts";
export type { Environment } from "./environment.ts";
export type { Credentials } from "./tokens.ts";
export type { CallAnswer, CallInput, CallName, CallOptions } from "./calls.ts";
export type { Gap, Item, MessageState, Shown } from "./replica/timeline.ts";
export type { MessageEncryption } from "./replica/opened.ts";
export type { ChatView } from "./replica/views.ts";
export type { Change, Draft, Kind } from "./replica/rows.ts";
export type { Attachment, SealedFile } from "./files/attachment.ts";
export type { Entry, EntryFile, EntryState, Refusal } from "./outbox/entry.ts";
export type { Target } from "./outbox/wishes.ts";
export type { FileToSend } from "./files/multipart.ts";
export type { DownloadOptions } from "./files/download.ts";
export type { Typist } from "./presence.ts";
export type * from "./wire.ts";
