/**
 * The error catalogue, by code: HTTP status, whether the same request may succeed later without a change, and a
 * sentence for people. The list is closed and documented: a client may switch on `code`.
 */
export const catalogue = {
  malformed_json: [400, false, "The body or frame is not valid JSON."],
  malformed_form: [400, false, "The body is not a complete multipart/form-data."],
  bad_host: [400, false, "The Host header is not a host name."],
  unauthorized: [401, false, "A valid access token is needed."],
  bad_credentials: [401, false, "The user name or the password is wrong."],
  invalid_refresh_token: [401, false, "The refresh token is unknown, used up or expired."],
  forbidden: [403, false, "You are not allowed to do this."],
  registration_closed: [403, false, "Registration is closed; the operator of this server creates accounts."],
  e2ee_client_only: [403, false, "Encryption is done on devices: the server has no part in it."],
  bad_origin: [403, false, "This web page's origin is not allowed to connect."],
  not_found: [404, false, "Not found, or not visible to you."],
  no_keys: [404, false, "This person has no keys."],
  no_thumbnail: [404, false, "This kind of file has no thumbnail, or it could not be made."],
  method_not_allowed: [405, false, "This path does not support that method."],
  username_taken: [409, false, "This user name is taken."],
  email_taken: [409, false, "This e-mail address is taken."],
  already_member: [409, false, "This person is already a member."],
  direct_chat_fixed: [409, false, "The members, name and picture of a direct chat cannot be changed."],
  owner_must_hand_over: [409, false, "Hand the chat over to another member before you leave it."],
  chat_inactive: [409, false, "This chat has been closed; it can only be read."],
  peer_inactive: [409, false, "The other person's account is closed; this chat can only be read."],
  client_id_reused: [409, false, "This client_id was used for another message."],
  message_deleted: [409, false, "This message has been deleted."],
  too_many_reactions: [409, false, "This message has as many different reactions as it may have."],
  keys_exist: [409, false, "You have keys already; other keys in place of them are a reset."],
  key_in_use: [409, false, "This key has been published here before; each is accepted once."],
  encryption_required: [
    409,
    false,
    "This chat is end-to-end encrypted; what is sent there has to be encrypted.",
  ],
  not_encrypted: [409, false, "This is not end-to-end encrypted."],
  membership_conflict: [409, false, "Who is in this chat has changed meanwhile; look at it again."],
  member_without_key: [409, false, "Somebody in this chat has no confirmed keys; `detail` says who."],
  epoch_conflict: [409, false, "Somebody else has begun another epoch meanwhile; look at it again."],
  epoch_not_due: [409, false, "The current epoch goes on; no other one is due."],
  roster_mismatch: [409, false, "Who is to read this epoch is not who is in the chat now."],
  stale_epoch: [
    409,
    false,
    "This is encrypted for an epoch that has ended; encrypt it again for the current one.",
  ],
  media_not_ready: [409, true, "This file is still being processed; try again in a moment."],
  precondition_failed: [412, false, "It has been changed by somebody else; look at it again."],
  payload_too_large: [413, false, "The body or frame is larger than this server accepts."],
  file_too_large: [413, false, "The file is larger than this server accepts for its kind."],
  unsupported_media_type: [415, false, "This call does not accept a body of this content type."],
  type_not_allowed: [415, false, "This file type is not accepted; an archive that contains the file is."],
  range_not_satisfiable: [416, false, "The requested range is outside the file."],
  validation: [422, false, "Some fields are invalid; `errors` names each of them."],
  weak_password: [422, false, "This password is too common; choose another."],
  type_mismatch: [422, false, "The content of the file does not match its declared type."],
  wrong_password: [422, false, "The current password is wrong."],
  unsigned_key: [422, false, "Keys are published in signed entries of the directory; this is none."],
  bad_object: [422, false, "This object of encryption is not what it has to be; `detail` says why."],
  signature_required: [422, false, "In an encrypted chat this has to be signed (`signed`)."],
  duplicate_recipient: [422, false, "Somebody is among the recipients twice."],
  bad_algorithm: [422, false, "This object of encryption has an algorithm or header that is not allowed."],
  private_key_material: [
    422,
    false,
    "This is a private key; only the public part of a key may leave a device.",
  ],
  decrypt_failed: [
    422,
    false,
    "It was not opened: another secret, another recipient, or not as it was made.",
  ],
  upgrade_required: [426, false, "This path is for WebSocket connections."],
  rate_limited: [429, true, "Too many requests; wait for `retry_after` seconds."],
  internal: [500, true, "Internal error; the server's log has this request's id."],
  overloaded: [503, true, "The server is busy; try again in `retry_after` seconds."],
  stopping: [503, true, "The server is stopping; come back in a moment."],
  storage_full: [507, true, "The server's disk is full; nothing was saved."],
  quota_exceeded: [507, false, "The storage quota is used up, yours or the server's; nothing was saved."],
} as const satisfies Record<string, readonly [status: number, retry: boolean, title: string]>;

export type ErrorCode = keyof typeof catalogue;

export interface FieldError {
  /** Where, as `field`, `list.3` or `query.limit`. */
  path: string;
  message: string;
}

/** The one error that verbs throw on purpose. `detail` is for people; `retryAfter` is in seconds. */
export class ChatError extends Error {
  override readonly name = "ChatError";
  readonly errors: FieldError[] | undefined;
  readonly retryAfter: number | undefined;

  constructor(
    readonly code: ErrorCode,
    detail?: string,
    more: { errors?: FieldError[]; retryAfter?: number } = {},
  ) {
    super(detail ?? catalogue[code][2]);
    this.errors = more.errors;
    this.retryAfter = more.retryAfter;
  }

  get status(): number {
    return catalogue[this.code][0];
  }
}

/**
 * `unauthorized`, because of the token that was shown. `sessionId` is set if the token was once valid and its session
 * is over; without it the token may be made up.
 */
export class BadToken extends ChatError {
  constructor(readonly sessionId?: number) {
    super("unauthorized");
  }
}

/** A 422 that names one bad field. */
export function invalid(path: string, message: string): ChatError {
  return new ChatError("validation", `${path}: ${message}`, { errors: [{ path, message }] });
}
