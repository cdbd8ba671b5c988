import { attackerAddress } from "./people.ts";

export interface RequestOptions {
  token?: string | undefined;
  from?: string;
  host?: string;
  type?: string;
}

/** The bytes of a request with its body, if it has one. */
export function request(
  method: string,
  path: string,
  body?: string | Uint8Array,
  options: RequestOptions = {},
): Buffer {
  if (body === undefined) return Buffer.from(`${head(method, path, options)}\r\n`);
  const bytes = Buffer.from(body as string);
  return Buffer.concat([headOf(method, path, bytes.length, options), bytes]);
}

/** What stands before a body of so many bytes. */
export function headOf(method: string, path: string, bytes: number, options: RequestOptions = {}): Buffer {
  return Buffer.from(`${head(method, path, { type: json, ...options })}Content-Length: ${bytes}\r\n\r\n`);
}

/** What stands before a body in chunks. */
export function headOfChunks(method: string, path: string, options: RequestOptions = {}): Buffer {
  return Buffer.from(`${head(method, path, { type: json, ...options })}Transfer-Encoding: chunked\r\n\r\n`);
}

/** A body in chunks of `size` bytes (RFC 9112, 7.1), without the last one, which ends it. */
export function chunked(body: Uint8Array, size: number): Buffer {
  const parts: Uint8Array[] = [];
  const between = Buffer.from("\r\n");
  for (let at = 0; at < body.length; at += size) {
    const chunk = body.subarray(at, at + size);
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, between);
  }
  return Buffer.concat(parts);
}

export const lastChunk = Buffer.from("0\r\n\r\n");

const json = "application/json";

function head(
  method: string,
  path: string,
  { token, from = attackerAddress, host = "127.0.0.1", type }: RequestOptions,
): string {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${host}`,
    `X-Forwarded-For: ${from}`,
    ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
    ...(type === undefined ? [] : [`Content-Type: ${type}`]),
  ];
  return `${lines.join("\r\n")}\r\n`;
}
