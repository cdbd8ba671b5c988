import type { Person } from "./person.ts";
import { RawRequest } from "./raw-http.ts";

const boundary = "----Parley";

/** A form with files, byte by byte. */
export async function formOf(files: File[], field = "files"): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const file of files) {
    const name = `Content-Disposition: form-data; name="${field}"; filename="${file.name}"`;
    const type = `Content-Type: ${file.type}`;
    parts.push(Buffer.from(`--${boundary}\r\n${name}\r\n${type}\r\n\r\n`), Buffer.from(await file.bytes()));
    parts.push(Buffer.from("\r\n"));
  }
  return Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
}

/** An upload on bare TCP, which says that `length` bytes come and sends as many as a test wants. */
export class RawUpload extends RawRequest {
  constructor({ url, accessToken }: Person, length: number, path = "/api/media/upload") {
    super(url);
    const head = [
      `POST ${path} HTTP/1.1`,
      `Host: ${new URL(url).host}`,
      `Authorization: Bearer ${accessToken}`,
      `Content-Type: multipart/form-data; boundary=${boundary}`,
      `Content-Length: ${length}`,
    ];
    void this.send(`${head.join("\r\n")}\r\n\r\n`);
  }
}
