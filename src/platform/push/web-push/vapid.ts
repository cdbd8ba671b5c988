import { SignJWT } from "jose";

import type { Clock } from "../../../core/clock.ts";
import { VapidError, type VapidKey } from "./vapid-key.ts";

/** A day is the most (RFC 8292, 2); half of it leaves room for clocks that are wrong. */
const lifetimeSeconds = 12 * 3600;
const mostOrigins = 1000;

export interface VapidOptions {
  key: VapidKey;
  /** PUSH_CONTACT, or empty. */
  contact: string;
  /** PUBLIC_URL, or empty: the contact where there is no other. */
  publicUrl: string;
  clock: Clock;
}

/** Tells push services who sends (Voluntary Application Server Identification, RFC 8292). */
export class Vapid {
  readonly #options: VapidOptions;
  readonly #subject: string | undefined;
  /** By the origin of the push service; signing takes longer than all else that is done for a push. */
  readonly #headers = new Map<string, { expires: number; header: Promise<string> }>();

  /** Errors: VapidError. */
  constructor(options: VapidOptions) {
    this.#options = options;
    this.#subject = subjectOf(options);
  }

  /** The header `Authorization`. */
  authorization(origin: string): Promise<string> {
    const now = Math.floor(this.#options.clock.now() / 1000);
    const known = this.#headers.get(origin);
    const left = known ? known.expires - now : 0;
    // One that would live longer than any was made before the clock was put back.
    if (known && left > lifetimeSeconds / 2 && left <= lifetimeSeconds) return known.header;
    const expires = now + lifetimeSeconds;
    const header = this.#sign(origin, expires);
    this.#headers.delete(origin);
    this.#headers.set(origin, { expires, header });
    const [oldest] = this.#headers.keys();
    if (oldest !== undefined && this.#headers.size > mostOrigins) this.#headers.delete(oldest);
    return header;
  }

  async #sign(origin: string, expires: number): Promise<string> {
    const { privateKey, publicKey } = this.#options.key;
    const claims = { aud: origin, exp: expires, ...(this.#subject && { sub: this.#subject }) };
    const header = { alg: "ES256", typ: "JWT" };
    const token = await new SignJWT(claims).setProtectedHeader(header).sign(privateKey);
    return `vapid t=${token}, k=${publicKey}`;
  }
}

/** Whom push services may write to; undefined for nobody. Errors: VapidError. */
export function subjectOf({
  contact,
  publicUrl,
}: Pick<VapidOptions, "contact" | "publicUrl">): string | undefined {
  if (contact === "") return publicUrl.startsWith("https://") ? publicUrl : undefined;
  const isMail = /^mailto:[^\s@<>]+@[^\s@<>]+$/.test(contact);
  if (isMail || URL.parse(contact)?.protocol === "https:") return contact;
  throw new VapidError(
    "PUSH_CONTACT must be an address such as mailto:you@example.org or https://example.org.",
  );
}
