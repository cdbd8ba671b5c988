/** A request as it stands on the line, and what follows it there. */
export interface Request {
  bytes: Buffer;
  rest: Buffer;
  kind: "request" | "socket";
}

const end = Buffer.from("\r\n\r\n");

/**
 * The first request in these bytes; undefined as long as it is not whole (RFC 9112, section 6). Errors: chunks, which
 * no client sends that knows the length of what it has.
 */
export function firstRequest(bytes: Buffer): Request | undefined {
  const head = bytes.indexOf(end);
  if (head < 0) return undefined;
  const lines = bytes.toString("latin1", 0, head).toLowerCase().split("\r\n");
  const header = (name: string) =>
    lines
      .find((one) => one.startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  if (header("transfer-encoding") !== undefined) throw new Error("a request in chunks");
  const length = head + end.length + Number(header("content-length") ?? 0);
  if (bytes.length < length) return undefined;
  const kind = header("upgrade") === "websocket" ? "socket" : "request";
  return { bytes: bytes.subarray(0, length), rest: bytes.subarray(length), kind };
}
