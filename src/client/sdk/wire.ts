/** The types of the protocol. `bun test/support/reference.ts` writes them from the server's documents. */

export interface SignedIn {
  user: Me;
  access_token: string;
  /** Not where it came as a cookie. */
  refresh_token?: string;
  token_type: "bearer";
  /** Seconds until the access token expires. */
  expires_in: number;
  /** After a registration or login, where I have keys. */
  encryption?: {
    /** Thumbprint of my encryption key (RFC 7638, SHA-256). */
    kid: string;
    /** I have proved that I can use my keys. */
    confirmed: boolean;
    /** After a registration: shown this once, and kept nowhere. */
    recovery_key?: string;
  };
}

/** A person, as they see themselves. */
export interface Me {
  id: number;
  username: string;
  full_name: string | null;
  avatar_url: string | null;
  bio: string | null;
  /** false: they have left, and only those who share a chat still see them. */
  is_active: boolean;
  /** null unless we share a chat. */
  is_online: boolean | null;
  /** null while they are online, as long as they never were, and for strangers. */
  last_seen: string | null;
  email: string;
  created_at: string;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  request_id: string;
  /** Every bad field. */
  errors?: FieldError[];
  /** Seconds. */
  retry_after?: number;
}

/** Later versions may have more. */
export type ErrorCode =
  | "malformed_json"
  | "malformed_form"
  | "bad_host"
  | "unauthorized"
  | "bad_credentials"
  | "invalid_refresh_token"
  | "forbidden"
  | "registration_closed"
  | "e2ee_client_only"
  | "bad_origin"
  | "not_found"
  | "no_keys"
  | "no_thumbnail"
  | "method_not_allowed"
  | "username_taken"
  | "email_taken"
  | "already_member"
  | "direct_chat_fixed"
  | "owner_must_hand_over"
  | "chat_inactive"
  | "peer_inactive"
  | "client_id_reused"
  | "message_deleted"
  | "too_many_reactions"
  | "keys_exist"
  | "key_in_use"
  | "encryption_required"
  | "not_encrypted"
  | "membership_conflict"
  | "member_without_key"
  | "epoch_conflict"
  | "epoch_not_due"
  | "roster_mismatch"
  | "stale_epoch"
  | "media_not_ready"
  | "precondition_failed"
  | "payload_too_large"
  | "file_too_large"
  | "unsupported_media_type"
  | "type_not_allowed"
  | "range_not_satisfiable"
  | "validation"
  | "weak_password"
  | "type_mismatch"
  | "wrong_password"
  | "unsigned_key"
  | "bad_object"
  | "signature_required"
  | "duplicate_recipient"
  | "bad_algorithm"
  | "private_key_material"
  | "decrypt_failed"
  | "upgrade_required"
  | "rate_limited"
  | "internal"
  | "overloaded"
  | "stopping"
  | "storage_full"
  | "quota_exceeded"
  | (string & {});

export interface FieldError {
  path: string;
  message: string;
}

export interface Register {
  /** Unique without regard to case. */
  username: string;
  email: string;
  password: string;
  full_name?: string | null;
  /**
   * For pages of this server alone: the refresh token comes as a cookie that scripts cannot read, in
   * place of `refresh_token`, and with it one that `<img>` and `<video>` fetch files with.
   */
  cookie?: boolean | null;
  /** `client`: this program makes keys itself, so the server is to make none. */
  encryption?: "client";
}

export interface Login {
  /** The user name or the e-mail address. */
  username: string;
  password: string;
  /**
   * For pages of this server alone: the refresh token comes as a cookie that scripts cannot read, in
   * place of `refresh_token`, and with it one that `<img>` and `<video>` fetch files with.
   */
  cookie?: boolean | null;
}

export interface Refresh {
  /** Left out where a cookie has it. */
  refresh_token?: string | null;
  /**
   * For pages of this server alone: the refresh token comes as a cookie that scripts cannot read, in
   * place of `refresh_token`, and with it one that `<img>` and `<video>` fetch files with.
   */
  cookie?: boolean | null;
}

export interface Ticket {
  ticket: string;
}

export interface Sessions {
  sessions: Session[];
}

export interface Session {
  id: number;
  created_at: string;
  last_used_at: string;
  user_agent: string | null;
  current: boolean;
}

/**
 * What is absent stays; null or "" clears. An e-mail address cannot be cleared: null leaves it, ""
 * is refused.
 */
export interface UpdateMe {
  full_name?: string | null;
  bio?: string | null;
  /**
   * An http or https address without credentials, kept as the URL standard serialises it (at most
   * 2048 characters), or one of a picture here that you may see; null or "" clears.
   */
  avatar_url?: string | null;
  email?: string | null;
  /** Needed to change `email`. */
  current_password?: string | null;
}

export interface ChangePassword {
  current_password: string;
  new_password: string;
}

export interface Uploaded {
  media: Media[];
}

/** A file in a message, or waiting for one. */
export interface Media {
  id: number;
  /** null while it waits for its message. */
  message_id: number | null;
  /** A name that is safe to save it under. */
  filename: string;
  /** The name as it was sent, for display only. */
  original_filename: string;
  /** Bytes, as they are sent to whoever asks for it. */
  file_size: number;
  /** By content, whatever was declared; `application/octet-stream` for what nobody knows. */
  mime_type: string;
  media_type: MediaType;
  /** Pixels, as people see it: turned as the file says. */
  width: number | null;
  height: number | null;
  /** Seconds. */
  duration: number | null;
  /** How loud a sound is over time: 64 numbers from 0 to 100. */
  waveform: number[] | null;
  /** Opaque to the server, which keeps it as it is. Its names and type say nothing. */
  encrypted: boolean;
  state: MediaState;
  /**
   * Where, when and with what it was taken is out of what others get. False for what stays as it was
   * sent, raw photos and documents for example, for what has failed, and where there is something in
   * it that this server does not know or read: subtitles, for example.
   */
  metadata_removed: boolean;
  has_thumbnail: boolean;
  /** A path of this server. */
  url: string;
  /** What it shows never changes. */
  thumbnail_url: string | null;
  created_at: string;
}

export type MediaType = "image" | "video" | "audio" | "document" | "other";

/**
 * `ready`: it has been looked at, and others can have it. `failed`: it could not be looked at;
 * others can save it, or are refused where its location and camera data could not be taken out.
 */
export type MediaState = "pending" | "ready" | "failed";

export interface UploadForm {
  /**
   * For an encrypted message. Store all of them as they are, and never look inside. Before the
   * files: behind them a large one may have been refused for what it looks like.
   */
  encrypted?: boolean;
  /** Each in a part of its own, all with this name. */
  files: Blob[];
}

export interface Chats {
  chats: Chat[];
  next_cursor: string | null;
}

/** A chat, as one of its members sees it. */
export interface Chat {
  id: number;
  chat_type: ChatType;
  name: string | null;
  description: string | null;
  avatar_url: string | null;
  is_active: boolean;
  created_at: string;
  member_count: number;
  encryption: ChatEncryption;
  my_role: Role;
  is_muted: boolean;
  /** Messages of others behind the last one that I have read. */
  unread_count: number;
  unread_mentions: number;
  last_read_message_id: number | null;
  last_message: Message | null;
  /** The other person of a direct chat. */
  peer: User | null;
  /** The first 100, where one chat is asked for. */
  members?: Member[];
}

export type ChatType = "direct" | "group";

/** Whether a chat is end-to-end encrypted. */
export interface ChatEncryption {
  /** Once on, it stays on. */
  on: boolean;
  /** 0 before the first one. */
  epoch: number;
}

export type Role = "member" | "admin" | "owner";

export interface Message {
  id: number;
  chat_id: number;
  /** 1, 2, 3 … in its chat, without a gap. */
  seq: number;
  client_id: string | null;
  sender_id: number;
  sender_username: string;
  reply_to_id: number | null;
  reply_to: Quote | null;
  content: string;
  content_type: ContentType;
  status: MessageStatus;
  is_edited: boolean;
  edited_at: string | null;
  is_deleted: boolean;
  created_at: string;
  /** The files in it. */
  media: Media[];
  /** The members that its text names, or that its sender named beside an encrypted one. */
  mentions: number[];
  /** It calls everybody in the chat. */
  mentions_all: boolean;
  /** `content` is a JWE, which only devices can open; of a deleted message, the one that deletes it. */
  encrypted: boolean;
  system: SystemFacts | null;
  /** In the order in which each emoji came first. */
  reactions: Reaction[];
}

/** The message that was replied to, as it is now. */
export interface Quote {
  id: number;
  sender_id: number;
  sender_username: string;
  /** Empty where it is encrypted: devices quote what they have opened. */
  content: string;
  content_type: ContentType;
  /** Of the first file in it; null for none. */
  media_type: MediaType | null;
  original_filename: string | null;
  is_deleted: boolean;
}

export type ContentType = "text" | "image" | "video" | "audio" | "file" | "system";

/** Over all active members but the sender; `failed` is for clients to show, never sent. */
export type MessageStatus = "sent" | "delivered" | "read" | "failed";

export interface SystemFacts {
  event: SystemEvent;
  /** Who was added, removed or given a role. */
  user_id?: number;
  username?: string;
  role?: string;
  name?: string;
  nickname?: string | null;
}

/** Later versions may have more. */
export type SystemEvent =
  | "group_created"
  | "member_added"
  | "member_removed"
  | "member_left"
  | "role_changed"
  | "owner_changed"
  | "owner_succeeded"
  | "chat_renamed"
  | "description_changed"
  | "avatar_changed"
  | "nickname_changed"
  | "chat_closed"
  | (string & {});

export interface Reaction {
  emoji: string;
  count: number;
  /** The first 20 who reacted with it. */
  user_ids: number[];
}

/** A person, as others see them. */
export interface User {
  id: number;
  username: string;
  full_name: string | null;
  avatar_url: string | null;
  bio: string | null;
  /** false: they have left, and only those who share a chat still see them. */
  is_active: boolean;
  /** null unless we share a chat. */
  is_online: boolean | null;
  /** null while they are online, as long as they never were, and for strangers. */
  last_seen: string | null;
}

export interface Member {
  id: number;
  chat_id: number;
  user_id: number;
  username: string;
  full_name: string | null;
  avatar_url: string | null;
  /** false: their account is closed, unless the operator opens it again. */
  is_active: boolean;
  /** null in events, and where they have not shown it yet. */
  is_online: boolean | null;
  /** null in events, and while they are online. */
  last_seen: string | null;
  role: Role;
  nickname: string | null;
  joined_at: string;
  last_read_message_id: number | null;
  last_delivered_message_id: number | null;
  /** Only in one's own: `notify` is not `all`. */
  is_muted?: boolean;
  /** Only in one's own. */
  notify?: "all" | "mentions" | "none";
}

export interface CreateDirect {
  user_id: number;
}

export interface CreateGroup {
  name: string;
  description?: string | null;
  /**
   * An http or https address without credentials, kept as the URL standard serialises it (at most
   * 2048 characters), or one of a picture here that you may see; null or "" clears.
   */
  avatar_url?: string | null;
  member_ids?: number[] | null;
}

export interface Users {
  users: User[];
}

export interface Picture {
  avatar_url: string;
}

export interface PictureForm {
  file: Blob;
}

export interface GeneratedKeys {
  /** Thumbprint of the encryption key (RFC 7638, SHA-256). */
  kid: string;
  public_key: EncryptionKey;
  custody: KeyCustody;
  /** Somebody has proved that they can use them. */
  confirmed: boolean;
  /** Of keys that the server has made: shown this once, and kept nowhere. */
  recovery_key?: string;
}

/** RSA for RSA-OAEP-256, as JWK (RFC 7517). */
export interface EncryptionKey {
  kty: "RSA";
  n: string;
  e: string;
}

/** Later versions may have more. */
export type KeyCustody = "client" | "server" | (string & {});

export interface GenerateKeys {
  /** Who makes the keys: a device, which sends `entry`, `unlock` and `keychain`, or the server. */
  mode: "client" | "server";
  /** The entry: a JWS `chat-key+jws`, compact, or general with two signatures. */
  entry?: string;
  /** The keychain's key, wrapped once for each way to unlock it: JWE `chat-unlock+jwe`. */
  unlock?: string[];
  /** The keychain: a JWE `chat-keychain+jwe`. */
  keychain?: string;
  /** Of mode `server`: unlocks the keychain as the recovery key does. */
  passphrase?: string;
  /** A `reset`, where there are keys already that have been confirmed. */
  replace?: boolean;
  /** Needed with `replace`. */
  current_password?: string;
}

export interface ConfirmKeys {
  /** JWS `chat-confirm+jws` with `v`, `iss`, `sub`, `kid` and `iat`. */
  jws: string;
}

/** Somebody's keys, as the last entry of their chain has them. */
export interface PublicKey {
  user_id: number;
  public_key: EncryptionKey;
  /** The same as SubjectPublicKeyInfo (RFC 7468). */
  public_key_pem: string;
  signing_key: SigningKey;
  /** Thumbprint of the encryption key (RFC 7638, SHA-256). */
  kid: string;
  /** Who has made the keys. */
  custody: "client" | "server" | (string & {});
  /** Somebody has proved that they can use them. */
  confirmed: boolean;
  /** Of the entry in its chain, from 1. */
  seq: number;
  /** Thumbprint of the signing key. */
  fingerprint: string;
  /**
   * With `log=1`: all entries of the chain, the first one first, as they were sent. Of several
   * people some may lack it, where the answer would be too long: ask for these again.
   */
  log?: string[];
}

/** P-256 for ES256, as JWK (RFC 7517). */
export interface SigningKey {
  kty: "EC";
  crv: "P-256";
  x: string;
  y: string;
}

/** What is left out of the keychain stays. */
export interface PublishKey {
  /** The entry: a JWS `chat-key+jws`, compact, or general with two signatures. */
  entry: string;
  /** The keychain's key, wrapped once for each way to unlock it: JWE `chat-unlock+jwe`. */
  unlock?: string[];
  /** The keychain: a JWE `chat-keychain+jwe`. */
  keychain?: string;
  current_password: string;
}

export interface PublicKeys {
  public_keys: PublicKey[];
}

export interface PublicKeysOf {
  user_ids: number[];
}

export interface Keychain {
  /** Rises by one with each change; also the `ETag`. */
  ver: number;
  unlock: string[];
  keychain: string;
  /**
   * Some of `unlock` is under a passphrase, and is given out only within ten minutes of a check of
   * the password.
   */
  withheld: boolean;
}

export interface KeychainVersion {
  /** Rises by one with each change; also the `ETag`. */
  ver: number;
}

export interface PutKeychain {
  /** What it will be: one more than in `If-Match`. */
  ver: number;
  /** Left out, it stays: also what was withheld. */
  unlock?: string[];
  /** The keychain: a JWE `chat-keychain+jwe`. */
  keychain: string;
}

export interface Encrypted {
  /** A general JWE `box+jwe`. */
  encrypted_content: string;
}

/** With the passphrase or the recovery key it is signed; else it proves nothing of its author. */
export interface Encrypt {
  message: string;
  recipient_user_id?: number;
  /** In place of `recipient_user_id`. */
  recipients?: number[];
  passphrase?: string;
  /** In place of the passphrase. */
  recovery_key?: string;
}

export interface Decrypted {
  message: string;
  /** Who has written it; null where nothing proves that. */
  signed_by: number | null;
}

export interface Decrypt {
  encrypted_content: string;
  passphrase?: string;
  /** In place of the passphrase. */
  recovery_key?: string;
}

export interface SearchResults {
  /** Newest first. Perhaps fewer than asked for, or none, though there is more. */
  results: SearchResult[];
  /** Null when there is no more. */
  next_cursor: string | null;
  /**
   * How many of the chats that were to be searched are encrypted: the server cannot read them,
   * devices search them. What was written there before in plain text is found.
   */
  encrypted_chats_skipped: number;
}

export interface SearchResult {
  message: Message;
  /**
   * Some 120 characters around the first word found, of the text or of the names of its files
   * (behind the text), as plain text on one line.
   */
  snippet: string;
}

export interface Notifications {
  /** Newest first. */
  notifications: Notification[];
  has_more: boolean;
}

/**
 * Made from the chat as it is now. What belongs to a message that is deleted, to a reaction that
 * was taken back or to a chat that I am in no more, is not there.
 */
export interface Notification {
  id: number;
  user_id: number;
  notification_type: NotificationType;
  title: string;
  /** One line, shortened; empty where there is nothing (any more) that I may see. */
  body: string;
  data: NotificationData;
  is_read: boolean;
  created_at: string;
}

/** Later versions may have more. */
export type NotificationType = "message" | "mention" | "group_invite" | "reaction" | (string & {});

export interface NotificationData {
  chat_id: number;
  /**
   * Of `message` the newest I have not read, once read the first; of `mention` the one that names
   * me, of `reaction` mine.
   */
  message_id?: number;
  /** Of `message`, while unread: how many I have not read. */
  count?: number;
  /** Who wrote, added me or reacted. */
  by_user_id?: number;
  /** The message is encrypted: `body` says only that, and a device that opens it can say more. */
  encrypted?: boolean;
}

export interface Mentions {
  /** Those that I have not read, newest first. */
  mentions: Mention[];
  has_more: boolean;
}

export interface Mention {
  id: number;
  message_id: number;
  chat_id: number;
  /** null when I am in the chat no more. */
  message: Message | null;
  mentioned_by: User;
  is_read: boolean;
  created_at: string;
}

export interface Counts {
  unread_notifications: number;
  unread_mentions: number;
  /** Of all my chats, muted ones too. */
  unread_messages: number;
}

export interface Device {
  id: number;
}

/** `token` or, by its other name, `device_token`. It is never shown again. */
export interface RegisterDevice {
  token?: string | null;
  device_token?: string | null;
  platform?: Platform | null;
  /** With them Google and Apple cannot read what is pushed to this device. */
  keys?: DeviceKeys | null;
}

export type Platform = "android" | "ios" | "web";

export interface DeviceKeys {
  /** Public key of the device: P-256, uncompressed, 65 bytes in base64url. */
  p256dh: string;
  /** A secret of 16 bytes in base64url, which the device shares with this server. */
  auth: string;
}

export interface WebPushKey {
  /** `applicationServerKey`: 65 bytes in base64url. */
  key: string;
}

/** What `PushSubscription.toJSON()` gives. The endpoint is never shown again. */
export interface Subscribe {
  /** An https address that the browser or distributor was given by its push service. */
  endpoint: string;
  keys: DeviceKeys;
}

export interface PushTest {
  devices: {
    id: number;
    channel: PushChannel;
    /**
     * `accepted`: by the push service, which reaches the device when it can. `gone`: the device is
     * forgotten. `refused`: it will never take it. `later`: it may, at another time.
     */
    outcome: "accepted" | "gone" | "refused" | "later" | (string & {});
    /** A sentence about what became of it. */
    detail: string;
  }[];
}

/** Later versions may have more. */
export type PushChannel = "fcm" | "web_push" | (string & {});

export interface PushSettings {
  push_content: PushContent;
  /** null once it is over. */
  do_not_disturb_until: string | null;
  quiet_hours: QuietHours | null;
}

/**
 * What a push says: who and what, only from whom, or only that there is something. The service on
 * the way reads it, where it is not encrypted.
 */
export type PushContent = "full" | "sender" | "none";

/** Each day, while a clock in the time zone shows a time of them. */
export interface QuietHours {
  /** The first quiet minute. */
  from: string;
  /** The first that is not; of the next day if it is earlier. */
  to: string;
  /** By its name in the IANA database. */
  time_zone: string;
}

/** What is absent stays. null ends `do_not_disturb_until` and `quiet_hours`. */
export interface UpdatePushSettings {
  push_content?: PushContent | null;
  do_not_disturb_until?: string | null;
  quiet_hours?: QuietHours | null;
}

export interface Info {
  /** Which server it is, in signed objects (`iss`): 16 random bytes in base64url, the same for ever. */
  id: string;
  name: "Parley";
  version: string;
  /** What it was built from, in git; null where that is not known. */
  commit: string | null;
  /** What this server can do besides messages; there may be words that you do not know. */
  features: string[];
  /** `open`, `closed`; any other word: it takes more than the form says. */
  registration: string;
  limits: Limits;
  push: PushInfo;
  docs: DocsPaths;
  /** A path of this server. */
  websocket: string;
}

/** The most that is taken. */
export interface Limits {
  /** Of a message's text, in UTF-8. */
  content_bytes: number;
  /** Of the JWE of an encrypted message. */
  encrypted_content_bytes: number;
  /** Files in one message. */
  files_per_message: number;
  /** Of one file that is a picture. */
  image_bytes: number;
  /** Of a film. */
  video_bytes: number;
  /** Of a sound. */
  audio_bytes: number;
  /** Of any other file. */
  document_bytes: number;
  /** Of somebody's files in all; null for none. */
  user_quota_bytes: number | null;
  /** Uploads of a user that may be under way. */
  uploads_at_once: number;
  /** People named in one message. */
  mentions: number;
  /** Members of one group. */
  group_members: number;
  /** In chats with more, others' markers and presence are told only to sockets that look. */
  large_chat_members: number;
  /** The largest `limit` of a list. */
  page: number;
  /** `ids` of GET /api/users. */
  users_at_once: number;
  /** Of a JSON body. */
  body_bytes: number;
  /** The same of a call without an access token. */
  anonymous_body_bytes: number;
  /** People whom somebody may put into chats; null for any number. */
  memberships_per_hour: number | null;
  /** Of a WebSocket frame. */
  frame_bytes: number;
  /** Frames of a socket that may wait for their turn. */
  frames_waiting: number;
  /** The same frames in bytes. */
  frame_bytes_waiting: number;
  /** Of a user; null for any number. */
  frames_per_second: number | null;
  /** Of a user; null for any number. */
  requests_per_minute: number | null;
  /** Of a user; one more closes the oldest. */
  sockets: number;
  /** Of a sealed keychain, in base64url. */
  keychain_bytes: number;
  /** `user_ids` of POST /api/encryption/public-keys. */
  public_keys_at_once: number;
  encrypted_chat_members: number;
  /** Of a grant of keys of earlier epochs, in base64url. */
  grant_bytes: number;
  /** Epochs that a user begins in a chat although none is due; null for any number. */
  epoch_repairs_per_hour: number | null;
  /** Entries of a user; null for any number. */
  key_changes_per_day: number | null;
  /** Device tokens of a user; one more forgets the oldest. */
  devices: number;
}

/** By which ways devices are reached that have no socket. */
export interface PushInfo {
  channels: string[];
}

/** Where the documents are on this server. */
export interface DocsPaths {
  html: string;
  redoc: string;
  openapi: string;
  asyncapi: string;
  asyncapi_html: string;
}

export interface Health {
  status: "ok" | "failing";
  version: string;
  uptime_s: number;
  checks: HealthChecks;
}

export interface HealthChecks {
  database: "ok" | "failing";
  /**
   * `retrying`: something that runs in the background has failed and is tried again; the log says
   * what and why.
   */
  background: "ok" | "retrying";
  /**
   * `fallback`: sharp cannot be loaded on this machine, so there are no thumbnails of moving WebP,
   * nor of very large pictures. Absent until it is known.
   */
  images?: "ok" | "fallback";
  /**
   * What decodes films, sounds and HEIC pictures. `ok`: decoders of the server's own; `ffmpeg`: it
   * has none, and the program on its PATH does it; `none`: neither, so films and HEIC pictures have
   * no thumbnails, sounds no waveforms.
   */
  films: "ok" | "ffmpeg" | "none";
}

/** The counts are for those who are signed in. */
export interface ServerStatus {
  status: "ok" | "failing";
  version: string;
  users?: number;
  online_users?: number;
  chats?: number;
  messages?: number;
  media_files?: number;
  media_bytes?: number;
  connections?: number;
  database_bytes?: number;
  /** By which ways devices are reached that have no socket. */
  push_channels?: string[];
}

/**
 * What is absent stays; null or "" clears. A name cannot be cleared: null leaves it, "" is
 * refused.
 */
export interface UpdateChat {
  name?: string | null;
  description?: string | null;
  /**
   * An http or https address without credentials, kept as the URL standard serialises it (at most
   * 2048 characters), or one of a picture here that you may see; null or "" clears.
   */
  avatar_url?: string | null;
}

export interface Members {
  members: Member[];
  next_cursor: string | null;
}

export interface AddMember {
  user_id: number;
  role?: Role | null;
  /**
   * In an encrypted chat: the step of its membership chain that says the same, a JWS
   * `chat-member+jws`.
   */
  signed?: string | null;
}

/**
 * What is absent stays; null or "" clears a nickname. `is_muted` is the short form of `notify`:
 * true is `mentions`, false `all`. `notify` goes before it.
 */
export interface UpdateOwn {
  nickname?: string | null;
  is_muted?: boolean | null;
  notify?: NotifyLevel | null;
}

/**
 * Of which new messages I am told: of all, of those that mention me, or of none (mentions are
 * still listed).
 */
export type NotifyLevel = "all" | "mentions" | "none";

export interface History {
  /** Oldest first. */
  messages: Message[];
  has_more_before: boolean;
  has_more_after: boolean;
}

/**
 * `content` has to show something, unless files or a `content_type` other than `text` come with
 * it. In an encrypted chat it is a JWE, and `encrypted` and `client_id` have to be given.
 */
export interface SendMessage {
  content?: string | null;
  content_type?: SentType | null;
  reply_to_id?: number | null;
  /** Chosen by the client, unique per sender: the same one again changes nothing. */
  client_id?: string | null;
  media_ids?: number[] | null;
  /** In an encrypted chat: `content` is a compact JWE `chat-msg+jwe`, and `client_id` its `mid`. */
  encrypted?: boolean | null;
  /** Only with `encrypted`: whom it mentions. Who is no member is left out. */
  mentions?: number[] | null;
  /** Only with `encrypted`: it calls everybody, if the sender may do that. */
  mentions_all?: boolean | null;
}

export type SentType = "text" | "image" | "video" | "audio" | "file";

/** Of an encrypted message `content` is the JWE of the edit, and `client_id` its `mid`. */
export interface EditMessage {
  content: string;
  /** Chosen by the client, unique per sender: the same one again changes nothing. */
  client_id?: string | null;
}

/** In an encrypted chat a device may say that it deletes: `client_id` is the `mid` of the JWE. */
export interface DeleteMessage {
  /** A JWE, which the tombstone keeps. */
  content?: string | null;
  /** Chosen by the client, unique per sender: the same one again changes nothing. */
  client_id?: string | null;
}

/** How far I have come in a chat. */
export interface Receipt {
  chat_id: number;
  last_read_message_id: number | null;
  last_delivered_message_id: number | null;
  unread_count: number;
}

/** Ids of those who were there, without the sender. */
export interface Receipts {
  message_id: number;
  /** Who has received it, those who have read it included. */
  delivered: number[];
  read: number[];
}

export interface ChatMedia {
  /** Newest first. */
  media: Media[];
  has_more: boolean;
}

export interface EncryptionState {
  /** Once on, it stays on. */
  on: boolean;
  /** 0 before the first one. */
  epoch: number;
  /** Why another epoch has to begin before the next message; null where none has to. */
  due: EpochReason | null;
  /**
   * Who the next epoch has to be for, by id: before encryption is on, everybody who has confirmed
   * keys, and nobody where more than 512 are in the chat.
   */
  roster: RosterRow[];
  /** Members who have no confirmed keys. */
  without_keys: number[];
}

/** Later versions may have more. */
export type EpochReason =
  "create" | "membership" | "keys" | "count" | "age" | "repair" | "restored" | (string & {});

/** Somebody who can read an epoch, by their keys. */
export interface RosterRow {
  user_id: number;
  /** Thumbprint of their signing key. */
  ik_kid: string;
  /** Thumbprint of their encryption key. */
  ek_kid: string;
}

export interface SignChat {
  /** A step `create` or `policy`: JWS `chat-member+jws`. */
  signed: string;
}

export interface MembershipSteps {
  /** As they came, in their order. */
  steps: string[];
  has_more: boolean;
}

export interface Epochs {
  /** In the order of their numbers. */
  epochs: Epoch[];
  /** By their hash, those that no epoch up to `since` has had. */
  rosters: Record<string, RosterRow[]>;
  has_more: boolean;
}

export interface Epoch {
  n: number;
  announcement: string;
  /** Its key for me: flattened JWE (RFC 7516, 7.2.2); null where I am not in it. */
  recipient: string | null;
}

export interface BegunEpoch {
  /** Its number. */
  n: number;
}

export interface BeginEpoch {
  /** JWS `chat-epoch+jws`. */
  announcement: string;
  /** The epoch's key, for everybody in the roster: general JWE `chat-epoch+jwe` (RFC 7516, 7.2.1). */
  envelope: string;
}

export interface Grants {
  grants: Grant[];
}

/** Keys of earlier epochs that somebody has handed to me. */
export interface Grant {
  by_user_id: number;
  /** The keys, signed and sealed for one person: compact JWE `chat-grant+jwe`. */
  jwe: string;
  created_at: string;
}

export interface GiveGrant {
  to_user_id: number;
  /** The keys, signed and sealed for one person: compact JWE `chat-grant+jwe`. */
  jwe: string;
}

export interface Reactions {
  /** In the order in which each emoji came first, and in each in the order of reacting. */
  reactions: {
    emoji: string;
    user_ids: number[];
  }[];
}

export interface UpdateMember {
  role: Role;
  /**
   * In an encrypted chat: the step of its membership chain that says the same, a JWS
   * `chat-member+jws`.
   */
  signed?: string | null;
}

export interface RemoveMember {
  /**
   * In an encrypted chat: the step of its membership chain that says the same, a JWS
   * `chat-member+jws`.
   */
  signed?: string | null;
}

/** Replay what happened after a cursor, then go on live. */
export interface ResumeFrame {
  type: "resume";
  cursor: string;
  /** Comes back in the answer. */
  request_id?: string | null;
}

/** Ask for a pong. */
export interface PingFrame {
  type: "ping";
  /** Comes back in the answer. */
  request_id?: string | null;
}

/** I have read a chat up to and including this message. */
export interface MessageReadFrame {
  type: "message_read";
  chat_id: number;
  message_id: number;
  /** Comes back in the answer. */
  request_id?: string | null;
}

/** I have received a chat up to and including this message. */
export interface MessageDeliveredFrame {
  type: "message_delivered";
  chat_id: number;
  message_id: number;
  /** Comes back in the answer. */
  request_id?: string | null;
}

/** Write into a chat. */
export interface SendMessageFrame {
  type: "send_message";
  chat_id: number;
  content?: string | null;
  message_type?: SentType | null;
  reply_to_id?: number | null;
  /** Chosen by the client, unique per sender: the same one again changes nothing. */
  client_id?: string | null;
  media_ids?: number[] | null;
  /** In an encrypted chat: `content` is a compact JWE `chat-msg+jwe`, and `client_id` its `mid`. */
  encrypted?: boolean | null;
  /** Only with `encrypted`: whom it mentions. Who is no member is left out. */
  mentions?: number[] | null;
  /** Only with `encrypted`: it calls everybody, if the sender may do that. */
  mentions_all?: boolean | null;
  /** Comes back in the answer. */
  request_id?: string | null;
}

/** Change what I wrote. */
export interface EditMessageFrame {
  type: "edit_message";
  message_id: number;
  content: string;
  /** Chosen by the client, unique per sender: the same one again changes nothing. */
  client_id?: string | null;
  /** Comes back in the answer. */
  request_id?: string | null;
}

/** Delete a message; a tombstone stays. */
export interface DeleteMessageFrame {
  type: "delete_message";
  message_id: number;
  /** A JWE, which the tombstone keeps. */
  content?: string | null;
  /** Chosen by the client, unique per sender: the same one again changes nothing. */
  client_id?: string | null;
  /** Comes back in the answer. */
  request_id?: string | null;
}

/**
 * This socket looks at a chat. It is told of typing only where it looks, once it ever did; in
 * large chats always.
 */
export interface JoinChatFrame {
  type: "join_chat";
  chat_id: number;
  /** Comes back in the answer. */
  request_id?: string | null;
}

/** This socket no longer looks at a chat. */
export interface LeaveChatFrame {
  type: "leave_chat";
  chat_id: number;
  /** Comes back in the answer. */
  request_id?: string | null;
}

/** I am writing; it stops by itself after 6 seconds, unless repeated. */
export interface TypingStartFrame {
  type: "typing_start";
  chat_id: number;
  /** Comes back in the answer. */
  request_id?: string | null;
}

/** I no longer am. */
export interface TypingStopFrame {
  type: "typing_stop";
  chat_id: number;
  /** Comes back in the answer. */
  request_id?: string | null;
}

/** The first frame: who this socket is, and where it begins. */
export interface ConnectedFrame {
  type: "connected";
  user_id: number;
  session_id: number;
  cursor: string;
  /** The server pings an idle socket about this often. */
  heartbeat_s: number;
  server_version: string;
}

/** Everything after the cursor has been sent; from here on it is live. */
export interface ResumedFrame {
  type: "resumed";
  from: string;
  to: string;
  count: number;
}

/** There is no resuming from that cursor: reload over REST. From here on it is live. */
export interface ResyncFrame {
  type: "resync";
  reason: "epoch_changed" | "too_old" | "bad_cursor";
  /** Where live begins: reload over REST, then keep this one. */
  cursor: string;
}

/** A frame was refused. */
export interface ErrorFrame {
  type: "error";
  request_id?: string;
  code: ErrorCode;
  detail: string;
  /** Seconds. */
  retry_after?: number;
  /** Every bad field. */
  errors?: FieldError[];
}

/** The answer to `ping`. */
export interface PongFrame {
  type: "pong";
  request_id?: string;
}

/** Acknowledges `resume`. */
export interface AckResumeFrame {
  type: "ack";
  request_id: string;
}

/** Acknowledges `message_read`. */
export interface AckMessageReadFrame {
  type: "ack";
  request_id: string;
  chat_id: number;
  last_read_message_id: number | null;
  last_delivered_message_id: number | null;
  unread_count: number;
}

/** Acknowledges `message_delivered`. */
export interface AckMessageDeliveredFrame {
  type: "ack";
  request_id: string;
  chat_id: number;
  last_read_message_id: number | null;
  last_delivered_message_id: number | null;
  unread_count: number;
}

/** Acknowledges `send_message`. */
export interface AckSendMessageFrame {
  type: "ack";
  request_id: string;
  message: Message;
}

/** Acknowledges `edit_message`. */
export interface AckEditMessageFrame {
  type: "ack";
  request_id: string;
  message: Message;
}

/** Acknowledges `delete_message`. */
export interface AckDeleteMessageFrame {
  type: "ack";
  request_id: string;
  message_id: number;
}

/** Acknowledges `join_chat`. */
export interface AckJoinChatFrame {
  type: "ack";
  request_id: string;
  chat_id: number;
  /** Who of the chat is online now. */
  online: number[];
}

/** Acknowledges `leave_chat`. */
export interface AckLeaveChatFrame {
  type: "ack";
  request_id: string;
  chat_id: number;
  /** Who of the chat is online now. */
  online: number[];
}

/** Acknowledges `typing_start`. */
export interface AckTypingStartFrame {
  type: "ack";
  request_id: string;
}

/** Acknowledges `typing_stop`. */
export interface AckTypingStopFrame {
  type: "ack";
  request_id: string;
}

/** I am in a chat that I was not in before: it is new, or somebody added me. Load its history. */
export interface ChatCreatedFrame {
  type: "chat_created";
  chat: Chat;
  cursor: string;
}

/** I am no longer in a chat. */
export interface ChatRemovedFrame {
  type: "chat_removed";
  chat_id: number;
  cursor: string;
}

/** A chat's name, description, picture or state has changed. */
export interface ChatUpdatedFrame {
  type: "chat_updated";
  chat: ChatInfo;
  cursor: string;
}

/** A chat, the same for everybody in it. */
export interface ChatInfo {
  id: number;
  chat_type: ChatType;
  name: string | null;
  description: string | null;
  avatar_url: string | null;
  is_active: boolean;
  created_at: string;
  member_count: number;
  encryption: ChatEncryption;
}

/** Somebody is in the chat now. */
export interface MemberAddedFrame {
  type: "member_added";
  chat_id: number;
  member: Member;
  cursor: string;
}

/** Somebody has another role or nickname; or I want to be told of something else in a chat. */
export interface MemberUpdatedFrame {
  type: "member_updated";
  chat_id: number;
  member: Member;
  cursor: string;
}

/** Somebody is no longer in the chat. */
export interface MemberRemovedFrame {
  type: "member_removed";
  chat_id: number;
  user_id: number;
  cursor: string;
}

/**
 * Somebody in the chat has another name, picture or description; or has left the server, or come
 * back.
 */
export interface UserUpdatedFrame {
  type: "user_updated";
  chat_id: number;
  /** `is_online` and `last_seen` are null. */
  user: {
    id: number;
    username: string;
    full_name: string | null;
    avatar_url: string | null;
    bio: string | null;
    /** false: they have left, and only those who share a chat still see them. */
    is_active: boolean;
    /** null unless we share a chat. */
    is_online: boolean | null;
    /** null while they are online, as long as they never were, and for strangers. */
    last_seen: string | null;
  };
  cursor: string;
}

/** Somebody wrote, or the chat itself has something to say. */
export interface NewMessageFrame {
  type: "new_message";
  message: Message;
  /** How far the sender has come with this message; null for one who is not in the chat. */
  sender_last_delivered_message_id: number | null;
  sender_last_read_message_id: number | null;
  cursor: string;
}

/** A message was edited, or its files are others, or ready now. */
export interface MessageUpdatedFrame {
  type: "message_updated";
  message: Message;
  cursor: string;
}

/** A message was deleted; a tombstone stays. What was unread of it is so for nobody any more. */
export interface MessageDeletedFrame {
  type: "message_deleted";
  chat_id: number;
  message_id: number;
  sender_id: number;
  content_type: ContentType;
  deleted_by: number;
  /** Of an encrypted chat, where it was given: a JWE by which devices know who deleted it. */
  content?: string;
  cursor: string;
}

/** These people have received and read a chat up to and including these messages. */
export interface MessageStatusFrame {
  type: "message_status";
  chat_id: number;
  statuses: {
    user_id: number;
    last_delivered_message_id: number | null;
    last_read_message_id: number | null;
  }[];
  cursor: string;
}

/** I have read a chat up to and including this message, on whatever device. */
export interface ChatReadFrame {
  type: "chat_read";
  chat_id: number;
  last_read_message_id: number | null;
  unread_count: number;
  unread_mentions: number;
  cursor: string;
}

/** Somebody has other keys: I, or a person who shares a chat with me, once for each chat. */
export interface EncryptionKeyChangedFrame {
  type: "encryption_key_changed";
  user_id: number;
  /** Of the encryption key. */
  kid: string;
  reason: KeyChangeReason;
  cursor: string;
}

/** Later versions may have more. */
export type KeyChangeReason = "init" | "rotate" | "reset" | (string & {});

/** The membership chain of an encrypted chat has another step. */
export interface EncryptionMembershipFrame {
  type: "encryption_membership";
  chat_id: number;
  /** Its number. */
  m: number;
  cursor: string;
}

/** An encrypted chat has another epoch: messages are under its key from now on. */
export interface EncryptionEpochFrame {
  type: "encryption_epoch";
  chat_id: number;
  /** Its number. */
  n: number;
  cursor: string;
}

/** Another epoch has to begin before the next message: who is to read it has changed. */
export interface EncryptionRekeyRequiredFrame {
  type: "encryption_rekey_required";
  chat_id: number;
  reason: EpochReason;
  cursor: string;
}

/** Somebody has handed me keys of earlier epochs of a chat. */
export interface EncryptionGrantFrame {
  type: "encryption_grant";
  chat_id: number;
  by_user_id: number;
  cursor: string;
}

/**
 * There is something new to look at in a chat, or somebody added me to a group or reacted to a
 * message of mine.
 */
export interface NotificationFrame {
  type: "notification";
  notification: Notification;
  cursor: string;
}

/** Somebody mentioned me. */
export interface MentionNotificationFrame {
  type: "mention_notification";
  title: string;
  body: string;
  chat_id: number;
  message_id: number;
  notification_id: number;
  cursor: string;
}

/** I have read these, on whatever device. */
export interface NotificationsReadFrame {
  type: "notifications_read";
  notification_ids: number[];
  mention_ids: number[];
  /** When all are of one chat. */
  chat_id?: number;
  cursor: string;
}

/** Somebody reacted to a message, or took a reaction back. */
export interface ReactionUpdatedFrame {
  type: "reaction_updated";
  chat_id: number;
  message_id: number;
  /** All of the message, as in Message. */
  reactions: Reaction[];
  cursor: string;
}

/** Somebody is writing. It ends with `typing_stop` or with their message. */
export interface ToldTypingStartFrame {
  type: "typing_start";
  chat_id: number;
  user_id: number;
  username: string;
}

/** They no longer are. */
export interface ToldTypingStopFrame {
  type: "typing_stop";
  chat_id: number;
  user_id: number;
  username: string;
}

/** Somebody who shares a chat with me has come online or has gone. */
export interface ToldUserStatusFrame {
  type: "user_status";
  user_id: number;
  username: string;
  status: "online" | "offline";
  /** null while they are online. */
  last_seen: string | null;
}

/** The REST calls. In `answer`, "file" is the bytes of one. */
export interface Calls {
  /** Make an account and sign in */
  "POST /api/auth/register": {
    body: Register;
    answer: SignedIn;
  };
  /** Sign in */
  "POST /api/auth/login": {
    body: Login;
    answer: SignedIn;
  };
  /** Exchange a refresh token for its successor and a new access token */
  "POST /api/auth/refresh": {
    body: Refresh;
    answer: SignedIn;
  };
  /** End this session: that of the access token, of the cookie, or both */
  "POST /api/auth/logout": {
    answer: undefined;
  };
  /** A ticket that opens one WebSocket within 30 seconds */
  "POST /api/auth/ws-ticket": {
    answer: Ticket;
  };
  /** My sessions */
  "GET /api/auth/sessions": {
    answer: Sessions;
  };
  /** My account */
  "GET /api/auth/me": {
    answer: Me;
  };
  /** Change my account */
  "PUT /api/auth/me": {
    body: UpdateMe;
    answer: Me;
  };
  /** Change my password; my other sessions end */
  "POST /api/auth/password": {
    body: ChangePassword;
    answer: undefined;
  };
  /**
   * Send files ahead of the message that they will be in (`media_ids`); after 24 hours without one
   * they go
   */
  "POST /api/media/upload": {
    form: UploadForm;
    answer: Uploaded;
  };
  /** My chats, last activity first */
  "GET /api/chats": {
    query?: {
      /** The most that the answer may list. */
      limit?: number;
      /** `next_cursor` of the page before. */
      cursor?: string;
    };
    answer: Chats;
  };
  /** The chat of two people: 201 when it is new, 200 when they have one */
  "POST /api/chats/direct": {
    body: CreateDirect;
    answer: Chat;
  };
  /** A new group; the caller owns it */
  "POST /api/chats/group": {
    body: CreateGroup;
    answer: Chat;
  };
  /** People by words of their user name and full name */
  "GET /api/users/search": {
    query: {
      /** Parts of a name. */
      q: string;
      /** The most that the answer may list. */
      limit?: number;
    };
    answer: Users;
  };
  /** Several people by their ids, in that order; those whom I may not see are left out */
  "GET /api/users": {
    query: {
      /** Ids, with commas between them. */
      ids: number[];
    };
    answer: Users;
  };
  /** My picture; it is made square */
  "PUT /api/auth/me/avatar": {
    form: PictureForm;
    answer: Picture;
  };
  /** Publish my first keys, or have the server make them; or, as a reset, others in place of them */
  "POST /api/encryption/generate-keys": {
    body: GenerateKeys;
    answer: GeneratedKeys;
  };
  /** Prove that I can use the keys that the server has made */
  "POST /api/encryption/confirm": {
    body: ConfirmKeys;
    answer: undefined;
  };
  /** My public keys */
  "GET /api/encryption/public-key": {
    query?: {
      /** `1`: with the whole chain. */
      log?: "1";
    };
    answer: PublicKey;
  };
  /** Publish the next entry of my keys, if no other device has since I saw them */
  "PUT /api/encryption/public-key": {
    body: PublishKey;
    answer: PublicKey;
  };
  /**
   * The public keys of several people, in that order; those without keys, or whom I may not see, are
   * left out
   */
  "POST /api/encryption/public-keys": {
    query?: {
      /** `1`: with the whole chain. */
      log?: "1";
    };
    body: PublicKeysOf;
    answer: PublicKeys;
  };
  /** My keychain, sealed */
  "GET /api/encryption/keychain": {
    answer: Keychain;
  };
  /** Change my keychain, if no other device has since I saw it */
  "PUT /api/encryption/keychain": {
    body: PutKeychain;
    answer: KeychainVersion;
  };
  /** Have the server encrypt a message for people, by keys that it has made */
  "POST /api/encryption/encrypt": {
    body: Encrypt;
    answer: Encrypted;
  };
  /** Have the server open a message for me, by keys that it has made */
  "POST /api/encryption/decrypt": {
    body: Decrypt;
    answer: Decrypted;
  };
  /** Messages of my chats that have all these words, newest first */
  "GET /api/messages/search": {
    query: {
      /** Words, all of which have to be found. */
      q: string;
      /** Only in this chat. */
      chat_id?: number;
      /** Only what this person wrote. */
      sender_id?: number;
      /** Only messages of this kind. */
      content_type?: "text" | "image" | "video" | "audio" | "file";
      /** Only what is newer than the one with this id. */
      after?: number;
      /** Only what is older than the one with this id. */
      before?: number;
      /** The most that the answer may list. */
      limit?: number;
      /** `next_cursor` of the page before. */
      cursor?: string;
    };
    answer: SearchResults;
  };
  /** What I was told of */
  "GET /api/notifications": {
    query?: {
      /** The most that the answer may list. */
      limit?: number;
      /** Only what is older than the one with this id. */
      before?: number;
      /** Only what I have not read. */
      unread?: boolean;
    };
    answer: Notifications;
  };
  /** Where I was mentioned in what I have not read */
  "GET /api/notifications/mentions": {
    query?: {
      /** The most that the answer may list. */
      limit?: number;
      /** Only what is older than the one with this id. */
      before?: number;
    };
    answer: Mentions;
  };
  /** How much I have not read */
  "GET /api/notifications/count": {
    answer: Counts;
  };
  /** I have read all notifications and mentions; the chats' messages stay unread */
  "POST /api/notifications/read-all": {
    answer: undefined;
  };
  /** Reach this session's device by a token, until the session ends */
  "POST /api/auth/device-token": {
    body: RegisterDevice;
    answer: Device;
  };
  /** The key with which a browser or UnifiedPush distributor subscribes */
  "GET /api/notifications/web-push-key": {
    answer: WebPushKey;
  };
  /** Reach this session's browser or UnifiedPush distributor, until the session ends */
  "POST /api/notifications/web-push-subscriptions": {
    body: Subscribe;
    answer: Device;
  };
  /** Push something to all my devices, and hear what becomes of it */
  "POST /api/notifications/test": {
    answer: PushTest;
  };
  /** What I want of push, on all my devices */
  "GET /api/notifications/settings": {
    answer: PushSettings;
  };
  /** Choose what pushes say, and when there are none */
  "PUT /api/notifications/settings": {
    body: UpdatePushSettings;
    answer: PushSettings;
  };
  /** About this server; a browser is sent to /docs */
  "GET /": {
    answer: Info;
  };
  /** Whether the server can do its work */
  "GET /health": {
    answer: Health;
  };
  /** Counts, for those who are signed in */
  "GET /api/status": {
    answer: ServerStatus;
  };
  /** The OpenAPI document of the REST calls */
  "GET /openapi.json": {
    answer: Record<string, unknown>;
  };
  /** The AsyncAPI document of the WebSocket */
  "GET /asyncapi.json": {
    answer: Record<string, unknown>;
  };
  /** End one of my sessions */
  "DELETE /api/auth/sessions/{session_id}": {
    path: {
      /** One of my sessions. */
      session_id: number;
    };
    answer: undefined;
  };
  /** A chat with its first 100 members */
  "GET /api/chats/{chat_id}": {
    path: {
      /** A chat that I am in. */
      chat_id: number;
    };
    answer: Chat;
  };
  /** Change a group's name, description or picture (admin or owner) */
  "PUT /api/chats/{chat_id}": {
    path: {
      /** A chat that I am in. */
      chat_id: number;
    };
    body: UpdateChat;
    answer: Chat;
  };
  /** Close a group for all; its history stays readable (owner) */
  "DELETE /api/chats/{chat_id}": {
    path: {
      /** A chat that I am in. */
      chat_id: number;
    };
    answer: undefined;
  };
  /** Who is in a chat, in the order of joining */
  "GET /api/chats/{chat_id}/members": {
    path: {
      /** A chat that I am in. */
      chat_id: number;
    };
    query?: {
      /** The most that the answer may list. */
      limit?: number;
      /** `next_cursor` of the page before. */
      cursor?: string;
    };
    answer: Members;
  };
  /**
   * Add somebody to a group (admin or owner; an admin by the owner), or let somebody into an
   * encrypted chat again
   */
  "POST /api/chats/{chat_id}/members": {
    path: {
      /** A chat that I am in. */
      chat_id: number;
    };
    body: AddMember;
    answer: Member;
  };
  /** My nickname in a chat, and what I am told of there */
  "PUT /api/chats/{chat_id}/me": {
    path: {
      /** A chat that I am in. */
      chat_id: number;
    };
    body: UpdateOwn;
    answer: Member;
  };
  /** A page of a chat: the newest, or by an anchor (`id` is the chat's) */
  "GET /api/messages/{id}": {
    path: {
      /** A chat that I am in. */
      id: number;
    };
    query?: {
      /** The most that the answer may list. */
      limit?: number;
      /** Only what is older than the one with this id. */
      before?: number;
      /** Only what is newer than the one with this id. */
      after?: number;
      /** The message with this id, with those before and after it. */
      around?: number;
    };
    answer: History;
  };
  /** Write into a chat (`id` is the chat's); 200 when this `client_id` was there already */
  "POST /api/messages/{id}": {
    path: {
      /** A chat that I am in. */
      id: number;
    };
    body: SendMessage;
    answer: Message;
  };
  /** Change what I wrote (`id` is the message's) */
  "PUT /api/messages/{id}": {
    path: {
      /** A message. */
      id: number;
    };
    body: EditMessage;
    answer: Message;
  };
  /** Delete a message (`id` is the message's); a tombstone stays */
  "DELETE /api/messages/{id}": {
    path: {
      /** A message. */
      id: number;
    };
    body?: DeleteMessage;
    answer: undefined;
  };
  /** I have read a chat up to and including this message */
  "POST /api/messages/{message_id}/read": {
    path: {
      /** A message in a chat that I am in. */
      message_id: number;
    };
    answer: Receipt;
  };
  /** I have received a chat up to and including this message */
  "POST /api/messages/{message_id}/delivered": {
    path: {
      /** A message in a chat that I am in. */
      message_id: number;
    };
    answer: Receipt;
  };
  /** Who has received and read a message */
  "GET /api/messages/{message_id}/receipts": {
    path: {
      /** A message in a chat that I am in. */
      message_id: number;
    };
    answer: Receipts;
  };
  /** Put files into a message that I wrote */
  "POST /api/media/upload/{message_id}": {
    path: {
      /** A message of mine. */
      message_id: number;
    };
    form: UploadForm;
    answer: Uploaded;
  };
  /** The file itself, whole or in part; for what is just being looked at it waits a while */
  "GET /api/media/{media_id}": {
    path: {
      /** A file that I may see. */
      media_id: number;
    };
    answer: "file";
  };
  /** Take a file away (its uploader, or an admin of the group) */
  "DELETE /api/media/{media_id}": {
    path: {
      /** A file that I may see. */
      media_id: number;
    };
    answer: undefined;
  };
  /** A picture of it, at most 320 pixels wide and high */
  "GET /api/media/{media_id}/thumbnail": {
    path: {
      /** A file that I may see. */
      media_id: number;
    };
    query?: {
      /** As `thumbnail_url` has it. Only with it the answer may be kept for good. */
      v?: string;
    };
    answer: "file";
  };
  /** What is known of a file */
  "GET /api/media/{media_id}/info": {
    path: {
      /** A file that I may see. */
      media_id: number;
    };
    answer: Media;
  };
  /** The files of a chat, newest first */
  "GET /api/chats/{chat_id}/media": {
    path: {
      /** A chat that I am in. */
      chat_id: number;
    };
    query?: {
      /** The most that the answer may list. */
      limit?: number;
      /** Only what is older than the one with this id. */
      before?: number;
      /** Only files of this kind. */
      media_type?: "image" | "video" | "audio" | "document" | "other";
    };
    answer: ChatMedia;
  };
  /** One person */
  "GET /api/users/{user_id}": {
    path: {
      /** A person. */
      user_id: number;
    };
    answer: User;
  };
  /** A group's picture; it is made square (admin or owner) */
  "PUT /api/chats/{chat_id}/avatar": {
    path: {
      /** A chat that I am in. */
      chat_id: number;
    };
    form: PictureForm;
    answer: Picture;
  };
  /** A picture of a person or a group */
  "GET /api/avatars/{avatar_id}": {
    path: {
      /** The picture, as `avatar_url` has it. */
      avatar_id: number;
    };
    answer: "file";
  };
  /** Somebody's public keys */
  "GET /api/encryption/public-key/{user_id}": {
    path: {
      /** A person. */
      user_id: number;
    };
    query?: {
      /** `1`: with the whole chain. */
      log?: "1";
    };
    answer: PublicKey;
  };
  /** Whether a chat is encrypted, and who its next epoch has to be for */
  "GET /api/chats/{chat_id}/encryption": {
    path: {
      /** A chat that I am in. */
      chat_id: number;
    };
    answer: EncryptionState;
  };
  /** Turn encryption on, for good (201), or change what newcomers may be shown (200) */
  "POST /api/chats/{chat_id}/encryption": {
    path: {
      /** A chat that I am in. */
      chat_id: number;
    };
    body: SignChat;
    answer: EncryptionState;
  };
  /** The membership chain of an encrypted chat: signed steps that say who is in it */
  "GET /api/chats/{chat_id}/encryption/members": {
    path: {
      /** A chat that I am in. */
      chat_id: number;
    };
    query?: {
      /** Only steps after this one. */
      since?: number;
    };
    answer: MembershipSteps;
  };
  /** The epochs of an encrypted chat, each with its key for me */
  "GET /api/chats/{chat_id}/encryption/epochs": {
    path: {
      /** An encrypted chat that I am in. */
      chat_id: number;
    };
    query?: {
      /** Only epochs after this one. */
      since?: number;
      /** The most that the answer may list. */
      limit?: number;
    };
    answer: Epochs;
  };
  /** Begin the next epoch, with a key for everybody in the roster */
  "POST /api/chats/{chat_id}/encryption/epochs": {
    path: {
      /** An encrypted chat that I am in. */
      chat_id: number;
    };
    body: BeginEpoch;
    answer: BegunEpoch;
  };
  /** Keys of earlier epochs that others have handed to me, the newest first */
  "GET /api/chats/{chat_id}/encryption/grants": {
    path: {
      /** An encrypted chat that I am in. */
      chat_id: number;
    };
    answer: Grants;
  };
  /** Hand somebody in the chat keys of earlier epochs, in place of what I have handed to them before */
  "POST /api/chats/{chat_id}/encryption/grants": {
    path: {
      /** An encrypted chat that I am in. */
      chat_id: number;
    };
    body: GiveGrant;
    answer: Grant;
  };
  /** I have read a notification, and the mention that it tells of */
  "POST /api/notifications/{notification_id}/read": {
    path: {
      /** A notification of mine. */
      notification_id: number;
    };
    answer: undefined;
  };
  /** I have read a mention, and its notification */
  "POST /api/notifications/mentions/{mention_id}/read": {
    path: {
      /** A mention of me. */
      mention_id: number;
    };
    answer: undefined;
  };
  /** Everybody who reacted to a message */
  "GET /api/messages/{message_id}/reactions": {
    path: {
      /** A message of a chat that I am in. */
      message_id: number;
    };
    answer: Reactions;
  };
  /** Forget a device's token */
  "DELETE /api/auth/device-token/{device_id}": {
    path: {
      /** A device of mine. */
      device_id: number;
    };
    answer: undefined;
  };
  /** Forget a subscription */
  "DELETE /api/notifications/web-push-subscriptions/{subscription_id}": {
    path: {
      /** A subscription of mine. */
      subscription_id: number;
    };
    answer: undefined;
  };
  /** Give a member a role; `owner` hands the chat over (owner) */
  "PUT /api/chats/{chat_id}/members/{user_id}": {
    path: {
      /** A chat that I am in. */
      chat_id: number;
      /** A member of the chat. */
      user_id: number;
    };
    body: UpdateMember;
    answer: Member;
  };
  /** Leave (oneself), or remove somebody (an admin members, the owner anyone) */
  "DELETE /api/chats/{chat_id}/members/{user_id}": {
    path: {
      /** A chat that I am in. */
      chat_id: number;
      /** A member of the chat. */
      user_id: number;
    };
    body?: RemoveMember;
    answer: undefined;
  };
  /** One message of a chat, as it is now */
  "GET /api/chats/{chat_id}/messages/{message_id}": {
    path: {
      /** A chat that I am in. */
      chat_id: number;
      /** A message in it. */
      message_id: number;
    };
    answer: Message;
  };
  /** React to a message; again changes nothing */
  "PUT /api/messages/{message_id}/reactions/{emoji}": {
    path: {
      /** A message of a chat that I am in. */
      message_id: number;
      /** One emoji. */
      emoji: string;
    };
    answer: Message;
  };
  /** Take a reaction back; one that is not there is fine */
  "DELETE /api/messages/{message_id}/reactions/{emoji}": {
    path: {
      /** A message of a chat that I am in. */
      message_id: number;
      /** One emoji. */
      emoji: string;
    };
    answer: Message;
  };
}

/** What clients send, by type: its fields, and the frame that acknowledges it. */
export interface Commands {
  /** Replay what happened after a cursor, then go on live. */
  resume: {
    fields: Omit<ResumeFrame, "type" | "request_id">;
    ack: AckResumeFrame;
  };
  /** Ask for a pong. */
  ping: {
    fields: Omit<PingFrame, "type" | "request_id">;
    ack: PongFrame;
  };
  /** I have read a chat up to and including this message. */
  message_read: {
    fields: Omit<MessageReadFrame, "type" | "request_id">;
    ack: AckMessageReadFrame;
  };
  /** I have received a chat up to and including this message. */
  message_delivered: {
    fields: Omit<MessageDeliveredFrame, "type" | "request_id">;
    ack: AckMessageDeliveredFrame;
  };
  /** Write into a chat. */
  send_message: {
    fields: Omit<SendMessageFrame, "type" | "request_id">;
    ack: AckSendMessageFrame;
  };
  /** Change what I wrote. */
  edit_message: {
    fields: Omit<EditMessageFrame, "type" | "request_id">;
    ack: AckEditMessageFrame;
  };
  /** Delete a message; a tombstone stays. */
  delete_message: {
    fields: Omit<DeleteMessageFrame, "type" | "request_id">;
    ack: AckDeleteMessageFrame;
  };
  /**
   * This socket looks at a chat. It is told of typing only where it looks, once it ever did; in
   * large chats always.
   */
  join_chat: {
    fields: Omit<JoinChatFrame, "type" | "request_id">;
    ack: AckJoinChatFrame;
  };
  /** This socket no longer looks at a chat. */
  leave_chat: {
    fields: Omit<LeaveChatFrame, "type" | "request_id">;
    ack: AckLeaveChatFrame;
  };
  /** I am writing; it stops by itself after 6 seconds, unless repeated. */
  typing_start: {
    fields: Omit<TypingStartFrame, "type" | "request_id">;
    ack: AckTypingStartFrame;
  };
  /** I no longer am. */
  typing_stop: {
    fields: Omit<TypingStopFrame, "type" | "request_id">;
    ack: AckTypingStopFrame;
  };
}

/** What is told again to those who were away, by type. */
export interface Events {
  chat_created: ChatCreatedFrame;
  chat_removed: ChatRemovedFrame;
  chat_updated: ChatUpdatedFrame;
  member_added: MemberAddedFrame;
  member_updated: MemberUpdatedFrame;
  member_removed: MemberRemovedFrame;
  user_updated: UserUpdatedFrame;
  new_message: NewMessageFrame;
  message_updated: MessageUpdatedFrame;
  message_deleted: MessageDeletedFrame;
  message_status: MessageStatusFrame;
  chat_read: ChatReadFrame;
  encryption_key_changed: EncryptionKeyChangedFrame;
  encryption_membership: EncryptionMembershipFrame;
  encryption_epoch: EncryptionEpochFrame;
  encryption_rekey_required: EncryptionRekeyRequiredFrame;
  encryption_grant: EncryptionGrantFrame;
  notification: NotificationFrame;
  mention_notification: MentionNotificationFrame;
  notifications_read: NotificationsReadFrame;
  reaction_updated: ReactionUpdatedFrame;
}

/** Whatever the server sends. */
export type ServerFrame =
  | Commands[keyof Commands]["ack"]
  | Events[keyof Events]
  | ConnectedFrame
  | ResumedFrame
  | ResyncFrame
  | ErrorFrame
  | ToldTypingStartFrame
  | ToldTypingStopFrame
  | ToldUserStatusFrame;
