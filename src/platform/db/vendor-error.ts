import { ChatError } from "../../core/errors.ts";

/** SQLite's error code, or empty. */
export function vendorCode(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : "";
}

/** The refusal for an error of SQLite's. */
export function translate(error: unknown): unknown {
  const code = vendorCode(error);
  // The second is about the log's index, which has to grow with the log.
  if (code === "SQLITE_FULL" || code === "SQLITE_IOERR_SHMSIZE") return new ChatError("storage_full");
  // Somebody else writes to the file, a copying tool perhaps.
  if (code === "SQLITE_BUSY") return new ChatError("overloaded", undefined, { retryAfter: 1 });
  return error;
}
