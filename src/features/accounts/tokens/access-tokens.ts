import { errors, jwtVerify, type JWTPayload, SignJWT } from "jose";

import type { Actor } from "../../../core/actor.ts";
import type { Clock } from "../../../core/clock.ts";
import { BadToken } from "../../../core/errors.ts";
import { VerifiedTokens } from "./verified-tokens.ts";

const issuer = "parley";
const audience = "parley";
const type = "at+jwt";
const algorithm = "HS256";
const clockToleranceSeconds = 30;
/** As they are made here. (The library takes white space between the letters, too, and any length.) */
const ownForm = /^[\w-]{1,200}\.[\w-]{1,300}\.[\w-]{43}$/;

/** Access tokens: JWTs as in RFC 9068, of type `at+jwt`, signed with HMAC-SHA-256. Whether a session lives they do not say. */
export class AccessTokens {
  readonly #verified = new VerifiedTokens();

  constructor(
    private readonly key: Uint8Array,
    private readonly clock: Clock,
    /** How long a token is valid. */
    readonly seconds: number,
  ) {}

  sign(actor: Actor): Promise<string> {
    const now = Math.floor(this.clock.now() / 1000);
    return new SignJWT({ sid: actor.sessionId })
      .setProtectedHeader({ alg: algorithm, typ: type })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(String(actor.userId))
      .setIssuedAt(now)
      .setExpirationTime(now + this.seconds)
      .sign(this.key);
  }

  /**
   * Whose access token this is. Errors: BadToken for anything but one of ours that is still valid; the caller learns no
   * more than that.
   */
  async verify(token: string): Promise<Actor> {
    if (!ownForm.test(token)) throw new BadToken();
    const known = this.#verified.get(token);
    if (!known) return this.#verifySignature(token);
    if (known.until >= this.clock.now()) return known.actor;
    throw new BadToken(known.actor.sessionId);
  }

  async #verifySignature(token: string): Promise<Actor> {
    try {
      const { payload } = await jwtVerify(token, this.key, {
        algorithms: [algorithm],
        issuer,
        audience,
        typ: type,
        requiredClaims: ["exp", "sub", "sid"],
        clockTolerance: clockToleranceSeconds,
        currentDate: new Date(this.clock.now()),
      });
      const actor = actorOf(payload);
      if (actor && payload.exp !== undefined) {
        const until = (payload.exp + clockToleranceSeconds) * 1000 - 1;
        this.#verified.add(token, { actor, until });
        return actor;
      }
    } catch (error) {
      // Whose signature is right, but the time has passed.
      if (error instanceof errors.JWTExpired) throw new BadToken(actorOf(error.payload)?.sessionId);
    }
    throw new BadToken();
  }
}

function actorOf(payload: JWTPayload): Actor | undefined {
  const userId = Number(payload.sub);
  const sessionId = payload["sid"];
  if (!Number.isSafeInteger(userId) || typeof sessionId !== "number") return undefined;
  return Number.isSafeInteger(sessionId) ? { userId, sessionId } : undefined;
}
