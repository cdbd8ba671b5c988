import type { ErrorCode, FieldError, Problem } from "./wire.ts";

/** What the library itself refuses with, besides the codes of the server (docs/errors.md). */
export type OwnCode =
  | "no_answer"
  | "signed_out"
  | "other_person"
  | "replaced"
  | "store_moved"
  | "aborted"
  | "store_failed"
  | "file_missing"
  | "file_changed"
  | "file_damaged"
  | "not_opened"
  | "no_secure_context"
  | "keys_locked"
  | "keys_changed"
  | "keys_by_server"
  | "wrong_recovery_key"
  | "wrong_passphrase"
  | "password_needed"
  | "safety_number_changed"
  | "encryption_blocked";

/**
 * Why something could not be done. `code` is one of the server's (docs/errors.md) or one of the library's own:
 *
 * - `no_answer`: nothing came, or something that is no answer of Parley, such as a proxy's error page. It decides nothing.
 * - `signed_out`: nobody is signed in on this store.
 * - `other_person`: somebody else has signed in on this store meanwhile.
 * - `replaced`: too many sockets of this person are open, and this was the oldest.
 * - `store_moved`: another program has gone on with what the store keeps, and this one is behind.
 * - `aborted`: the caller's signal, or the session was closed.
 * - `store_failed`: the store could not be opened, or not keep a file until it is sent.
 * - `file_missing`: the bytes of a file that waited to be sent are gone.
 * - `file_changed`: the server has another file than the one whose beginning was read.
 * - `file_damaged`: it is not the file that its encrypted message names: another one, changed, or not whole.
 * - `not_opened`: the file is encrypted, and not as an opened message shows it.
 * - `no_secure_context`: encryption needs https.
 * - `keys_locked`: this device has not unlocked one's keys.
 * - `keys_changed`: the server shows other keys, one's own or somebody's, than it honestly could.
 * - `keys_by_server`: the server has made one's keys, so nothing of them vouches for others.
 * - `wrong_recovery_key`, `wrong_passphrase`: it does not open one's keys.
 * - `password_needed`: the server wants the account's password first.
 * - `safety_number_changed`: it is another one by now.
 * - `encryption_blocked`: something is wrong with an encrypted chat or its people; `message` says what, and a person has to decide.
 *
 * `message` is for people.
 *
 * @example
 * try {
 *   await session.call("GET /api/users/{user_id}", { path: { user_id: 999_999 } });
 * } catch (error) {
 *   if (error instanceof ParleyError && error.code === "not_found") console.log(error.message);
 * }
 */
export class ParleyError extends Error {
  override readonly name = "ParleyError";
  /**
   * What a program decides by.
   *
   * @example
   * const wrong = connect(server, { username: "alice", password: "not this one" });
   * await wrong.catch((error) => console.log(error.code === "bad_credentials"));
   */
  readonly code: ErrorCode | OwnCode;
  /**
   * The HTTP status; undefined where there was no answer, and over the socket.
   *
   * @example
   * await session.call("GET /api/chats/{chat_id}", { path: { chat_id: 999_999 } }).catch((error) => {
   *   console.log(error.status === 404);
   * });
   */
  readonly status: number | undefined;
  /**
   * Seconds to wait before the same is tried again; undefined where the server does not say.
   *
   * @example
   * await chat.open().catch((error) => console.log(error.retryAfter));
   */
  readonly retryAfter: number | undefined;
  /**
   * Each bad field.
   *
   * @example
   * await session.call("POST /api/chats/group", { body: { name: "" } }).catch((error) => {
   *   for (const { path, message } of error.errors) console.log(path, message);
   * });
   */
  readonly errors: readonly FieldError[];
  /**
   * Under this the server's log has more.
   *
   * @example
   * await chat.open().catch((error) => console.log(error.requestId));
   */
  readonly requestId: string | undefined;

  /** @internal */
  constructor(
    code: ErrorCode | OwnCode,
    detail: string,
    more: Partial<Pick<Problem, "status" | "retry_after" | "errors" | "request_id">> = {},
  ) {
    super(detail);
    this.code = code;
    this.status = more.status;
    this.retryAfter = more.retry_after;
    this.errors = more.errors ?? [];
    this.requestId = more.request_id;
  }
}

/** Refusals after which the same request may succeed later, and what is no answer at all. */
const temporary = new Set([
  "no_answer",
  "rate_limited",
  "media_not_ready",
  "internal",
  "overloaded",
  "stopping",
  "storage_full",
]);

/**
 * Whether it is worth to try the same again: it was no answer, or a refusal that passes. What the library does by itself it
 * tries again by itself.
 *
 * @example
 * await chat.older().catch((error) => {
 *   if (maySucceedLater(error)) console.log("Try again?");
 * });
 */
export function maySucceedLater(error: unknown): boolean {
  if (!(error instanceof ParleyError)) return false;
  // A 429 that names the text is about that text alone.
  return temporary.has(error.code) && !error.errors.some((one) => one.path === "content");
}

export function noAnswer(detail: string): ParleyError {
  return new ParleyError("no_answer", detail);
}

/** What an error of whatever kind says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
