import { errors, jwtVerify, type JWTPayload, SignJWT } from "jose";

import type { Actor } from "../../core/actor.ts";
import type { Clock } from "../../core/clock.ts";
import { BadToken } from "../../core/errors.ts";
import { VerifiedTokens } from "./verified.ts";

const issuer = "parley";
const audience = "parley";
const type = "at+jwt";
const algorithm = "HS256";
const clockToleranceSeconds = 30;
const ticketMilliseconds = 30_000;
/** As they are made here. (The library takes white space between the letters, too, and any length.) */
const ownForm = /^[\w-]{1,200}\.[\w-]{1,300}\.[\w-]{43}$/;
const maxTickets = 100_000;
/** The parts of a refresh token in bytes: random, the session, and what vouches for both. */
const refreshParts = { random: 16, session: 6, mark: 10 };

export interface TokenKeys {
  /** Signs access tokens (HMAC-SHA-256). */
  access: Uint8Array;
  /** Vouches for refresh tokens, and makes their successors. */
  refresh: Uint8Array;
  /** Hides file tokens: what is stored of them is worth nothing once there is another secret. */
  files: Uint8Array;
  /** Hides addresses. */
  addresses: Uint8Array;
}

/** Makes and checks the four kinds of tokens; knows nothing of whether a session still lives. */
export class Tokens {
  readonly #verified = new VerifiedTokens();
  readonly #tickets = new Map<string, { actor: Actor; until: number }>();
  /** The same by user, oldest first. */
  readonly #ticketsOf = new Map<number, Set<string>>();

  constructor(
    private readonly keys: TokenKeys,
    private readonly clock: Clock,
    readonly accessSeconds: number,
    private readonly ticketsPerUser: number,
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
    if (!ownForm.test(token)) throw new BadToken();
    const known = this.#verified.get(token);
    if (known) {
      if (known.until >= this.clock.now()) return known.actor;
      throw new BadToken(known.actor.sessionId);
    }
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
      if (actor) {
        const until = (payload.exp! + clockToleranceSeconds) * 1000 - 1;
        this.#verified.add(token, { actor, until });
        return actor;
      }
    } catch (error) {
      // Whose signature is right, but the time has passed.
      if (error instanceof errors.JWTExpired) throw new BadToken(actorOf(error.payload)?.sessionId);
    }
    throw new BadToken();
  }

  newRefresh(sessionId: number): string {
    return this.#refresh(crypto.getRandomValues(new Uint8Array(refreshParts.random)), sessionId);
  }

  /** The one token that follows `token` in this session: the same whenever it is asked for, also after a restart. */
  successor(token: string, sessionId: number): string {
    const random = new Bun.CryptoHasher("sha256", this.keys.refresh).update(token).digest();
    return this.#refresh(random.subarray(0, refreshParts.random), sessionId);
  }

  /** The same as an earlier release made it, which may have answered with it just before the upgrade. */
  earlierSuccessor(token: string): string {
    return new Bun.CryptoHasher("sha256", this.keys.refresh).update(token).digest("base64url");
  }

  /** The session for which we made this refresh token; undefined for anything else. */
  sessionOf(token: string): number | undefined {
    const bytes = Buffer.from(token, "base64url");
    const { random, session } = refreshParts;
    if (bytes.length < random + session) return undefined;
    const sessionId = bytes.readUIntBE(random, session);
    return this.#refresh(bytes.subarray(0, random), sessionId) === token ? sessionId : undefined;
  }

  #refresh(random: Uint8Array, sessionId: number): string {
    const session = Buffer.alloc(refreshParts.session);
    session.writeUIntBE(sessionId, 0, refreshParts.session);
    const mark = new Bun.CryptoHasher("sha256", this.keys.refresh)
      .update("session of ")
      .update(random)
      .update(session)
      .digest()
      .subarray(0, refreshParts.mark);
    return Buffer.concat([random, session, mark]).toString("base64url");
  }

  /** What is stored of a refresh token. */
  hash(token: string): string {
    return new Bun.CryptoHasher("sha256").update(token).digest("hex");
  }

  /** A token that stands for a session where files are fetched: random, and so no other kind of token. */
  newFileToken(): string {
    return randomToken();
  }

  /** What is stored of a file token. */
  fileHash(token: string): string {
    return new Bun.CryptoHasher("sha256", this.keys.files).update(token).digest("hex");
  }

  /** What is stored of an address that somebody has signed in from. */
  addressHash(address: string): string {
    return new Bun.CryptoHasher("sha256", this.keys.addresses).update(address).digest("hex");
  }

  /**
   * A ticket that opens one WebSocket within 30 seconds. Tickets do not outlive the process. Of somebody's that are
   * too many the oldest is forgotten, and nobody else's.
   */
  newTicket(actor: Actor): string {
    const now = this.clock.monotonic();
    for (const [ticket, { until }] of this.#tickets) {
      if (until > now && this.#tickets.size < maxTickets) break;
      this.#forget(ticket);
    }
    const ticket = randomToken();
    const own = this.#ticketsOf.get(actor.userId) ?? new Set();
    for (const oldest of own) {
      if (own.size < this.ticketsPerUser) break;
      this.#forget(oldest);
    }
    this.#tickets.set(ticket, { actor, until: now + ticketMilliseconds });
    this.#ticketsOf.set(actor.userId, own.add(ticket));
    return ticket;
  }

  /** Whose ticket this is; it is used up. Errors: `unauthorized`. */
  takeTicket(ticket: string): Actor {
    const found = this.#forget(ticket);
    if (!found || found.until < this.clock.monotonic()) throw new BadToken();
    return found.actor;
  }

  #forget(ticket: string) {
    const found = this.#tickets.get(ticket);
    if (!found) return undefined;
    this.#tickets.delete(ticket);
    const own = this.#ticketsOf.get(found.actor.userId);
    own?.delete(ticket);
    if (own?.size === 0) this.#ticketsOf.delete(found.actor.userId);
    return found;
  }
}

function randomToken(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
}

function actorOf(payload: JWTPayload): Actor | undefined {
  const userId = Number(payload.sub);
  const sessionId = payload["sid"];
  if (!Number.isSafeInteger(userId) || typeof sessionId !== "number") return undefined;
  return Number.isSafeInteger(sessionId) ? { userId, sessionId } : undefined;
}
