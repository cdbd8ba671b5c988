import type { Fetch } from "../calls.ts";
import type { FileToSend } from "./multipart.ts";

/** What is used of XMLHttpRequest. */
interface Xhr {
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  send(body: FormData): void;
  abort(): void;
  upload: { onprogress: ((event: { loaded: number; total: number }) => void) | null };
  onload: (() => void) | null;
  onerror: (() => void) | null;
  status: number;
  responseText: string;
  getResponseHeader(name: string): string | null;
}

/** Undefined outside of browsers. */
export const { XMLHttpRequest } = globalThis as { XMLHttpRequest?: new () => Xhr };

/** `fetch` with files as its body, by XMLHttpRequest: nothing else in browsers tells how much has been sent. */
export function byXhr(
  Xhr: new () => Xhr,
  files: readonly FileToSend[],
  isSealed: boolean,
  sent: (bytes: number) => void,
): Fetch {
  const form = new FormData();
  if (isSealed) form.append("encrypted", "true");
  for (const { name, blob } of files) form.append("files", blob, name);
  const size = files.reduce((sum, one) => sum + one.blob.size, 0);
  return (url, { method = "GET", headers, signal }) =>
    new Promise((resolve, reject) => {
      const request = new Xhr();
      const abort = () => {
        request.abort();
        reject(signal?.reason);
      };
      request.open(method, url);
      new Headers(headers).forEach((value, name) => request.setRequestHeader(name, value));
      // The form is larger than the files.
      request.upload.onprogress = ({ loaded, total }) => sent(Math.floor((size * loaded) / total));
      request.onerror = () => reject(new TypeError("the line broke"));
      request.onload = () => resolve(toResponse(request));
      signal?.addEventListener("abort", abort, { once: true });
      if (signal?.aborted) abort();
      else request.send(form);
    });
}

function toResponse(request: Xhr): Response {
  const { status, responseText } = request;
  const type = request.getResponseHeader("Content-Type") ?? "";
  return new Response(responseText || null, { status, headers: { "Content-Type": type } });
}
