import { errors, jwtVerify, type JWTPayload, SignJWT } from "jose";

import type { Actor } from "../../core/actor.ts";
import type { Clock } from "../../core/clock.ts";
import { BadToken } from "../../core/errors.ts";

const issuer = "parley";
const audience = "parley";
const type = "at+jwt";
const algorithm = "HS256";
const clockToleranceSeconds = 30;
const ticketMilliseconds = 30_000;
const maxTickets = 100_000;

export interface TokenKeys {
  /** Signs access tokens (HMAC-SHA-256). */
  access: Uint8Array;
  /** Makes a refresh token's successor. */
  refresh: Uint8Array;
  /** Hides file tokens: what is stored of them is worth nothing once there is another secret. */
  files: Uint8Array;
  /** Hides addresses. */
  addresses: Uint8Array;
}

/** Makes and checks the four kinds of tokens; knows nothing of whether a session still lives. */
export class Tokens {
  readonly #tickets = new Map<string, { actor: Actor; until: number }>();

  constructor(
    private readonly keys: TokenKeys,
    private readonly clock: Clock,
    readonly accessSeconds: number,
  ) {}

  /** An access token: a JWT as in RFC 9068, of type `at+jwt`. */
  access(actor: Actor): Promise<string> {
    const now = Math.floor(this.clock.now() / 1000);
    return new SignJWT({ sid: actor.sessionId })
      .setProtectedHeader({ alg: algorithm, typ: type })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(String(actor.userId))
      .setIssuedAt(now)
      .setExpirationTime(now + this.accessSeconds)
      .sign(this.keys.access);
  }

  /**
   * Whose access token this is. Errors: BadToken for anything but one of ours that is still valid; the caller learns no
   * more than that.
   */
  async verifyAccess(token: string): Promise<Actor> {
    try {
      const { payload } = await jwtVerify(token, this.keys.access, {
        algorithms: [algorithm],
        issuer,
        audience,
        typ: type,
        requiredClaims: ["exp", "sub", "sid"],
        clockTolerance: clockToleranceSeconds,
        currentDate: new Date(this.clock.now()),
      });
      const actor = actorOf(payload);
      if (actor) return actor;
    } catch (error) {
      // Whose signature is right, but the time has passed.
      if (error instanceof errors.JWTExpired) throw new BadToken(actorOf(error.payload)?.sessionId);
    }
    throw new BadToken();
  }

  newRefresh(): string {
    return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
  }

  /** The one token that follows `token`: the same whenever it is asked for, also after a restart. */
  successor(token: string): string {
    return new Bun.CryptoHasher("sha256", this.keys.refresh).update(token).digest("base64url");
  }

  /** What is stored of a refresh token. */
  hash(token: string): string {
    return new Bun.CryptoHasher("sha256").update(token).digest("hex");
  }

  /** A token that stands for a session where files are fetched: random, and so no other kind of token. */
  newFileToken(): string {
    return this.newRefresh();
  }

  /** What is stored of a file token. */
  fileHash(token: string): string {
    return new Bun.CryptoHasher("sha256", this.keys.files).update(token).digest("hex");
  }

  /** What is stored of an address that somebody has signed in from. */
  addressHash(address: string): string {
    return new Bun.CryptoHasher("sha256", this.keys.addresses).update(address).digest("hex");
  }

  /** A ticket that opens one WebSocket within 30 seconds. Tickets do not outlive the process. */
  newTicket(actor: Actor): string {
    const now = this.clock.monotonic();
    for (const [ticket, { until }] of this.#tickets) {
      if (until > now && this.#tickets.size < maxTickets) break;
      this.#tickets.delete(ticket);
    }
    const ticket = this.newRefresh();
    this.#tickets.set(ticket, { actor, until: now + ticketMilliseconds });
    return ticket;
  }

  /** Whose ticket this is; it is used up. Errors: `unauthorized`. */
  takeTicket(ticket: string): Actor {
    const found = this.#tickets.get(ticket);
    this.#tickets.delete(ticket);
    if (!found || found.until < this.clock.monotonic()) throw new BadToken();
    return found.actor;
  }
}

function actorOf(payload: JWTPayload): Actor | undefined {
  const userId = Number(payload.sub);
  const sessionId = payload["sid"];
  if (!Number.isSafeInteger(userId) || typeof sessionId !== "number") return undefined;
  return Number.isSafeInteger(sessionId) ? { userId, sessionId } : undefined;
}
