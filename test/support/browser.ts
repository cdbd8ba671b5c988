/** A browser on a page of a server: it names the page, and keeps and sends cookies as RFC 6265 has it. */
import type { Api, Reply } from "./person.ts";

interface Cookie {
  value: string;
  path: string;
  /** Everything but its name and value. */
  attributes: string[];
}

export class Browser {
  readonly cookies = new Map<string, Cookie>();

  constructor(
    readonly api: Api,
    /** What it says of the page. */
    readonly page: Record<string, string> = { Origin: api.url, "Sec-Fetch-Site": "same-origin" },
  ) {}

  async post(path: string, body?: unknown, more: Record<string, string> = {}): Promise<Reply> {
    const headers = { ...this.page, ...this.#sent(path), ...more };
    const reply = await this.api.post(path, body, { headers, token: undefined });
    for (const one of reply.headers.getSetCookie()) this.#keep(one);
    return reply;
  }

  /** As an `<img>` does. */
  show(path: string, more: Record<string, string> = {}) {
    return this.api.download(path, { "Sec-Fetch-Site": "same-origin", ...this.#sent(path), ...more });
  }

  /** What it would send to a path. */
  sentTo(path: string): string[] {
    return [...this.cookies].filter(([, one]) => path.startsWith(`${one.path}/`)).map(([name]) => name);
  }

  /** The one cookie of that kind. */
  cookie(kind: "refresh" | "files"): Cookie {
    const [found] = [...this.cookies].filter(([name]) => name.includes(`_${kind}_`)).map(([, one]) => one);
    if (!found) throw new Error(`no cookie for ${kind} is kept`);
    return found;
  }

  /** Another tab, window or restart of it, as it is now. */
  copy(): Browser {
    const other = new Browser(this.api, this.page);
    for (const [name, cookie] of this.cookies) other.cookies.set(name, cookie);
    return other;
  }

  #sent(path: string): Record<string, string> {
    const pairs = this.sentTo(path).map((name) => `${name}=${this.cookies.get(name)!.value}`);
    return pairs.length > 0 ? { Cookie: pairs.join("; ") } : {};
  }

  #keep(line: string): void {
    const [pair = "", ...attributes] = line.split("; ");
    const at = pair.indexOf("=");
    const path = attributes.find((one) => one.startsWith("Path="))!.slice("Path=".length);
    if (attributes.includes("Max-Age=0")) this.cookies.delete(pair.slice(0, at));
    else this.cookies.set(pair.slice(0, at), { value: pair.slice(at + 1), path, attributes });
  }
}
