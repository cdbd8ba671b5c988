import { ChatError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The JSON that a request carries. Errors: `unsupported_media_type` (also when none is named, so that nothing
 * is taken unvalidated), `payload_too_large`, `malformed_json` (also for bytes that are not UTF-8).
 */
export async function readJsonBody(request: Request, maxBytes: number): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(type)) {
    throw new ChatError("unsupported_media_type");
  }
  const bytes = await readBytes(request, maxBytes);
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new ChatError("malformed_json", "The body is not UTF-8.");
  }
  return parseJson(text);
}

/** Reads no further than the limit, whatever Content-Length says. */
async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () => new ChatError("payload_too_large", `The body is larger than ${maxBytes} bytes.`);
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength;
      if (size > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof ChatError) throw error;
    // Whoever sent it has hung up.
    throw new ChatError("malformed_json", "The body ended too early.");
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
