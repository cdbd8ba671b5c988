/** The parts of a refresh token in bytes: random, the session, and the MAC of both. */
const bytes = { random: 16, session: 6, mac: 10 };

/**
 * Refresh tokens, of which each is exchanged once for its successor. A token names its session, so that one used up long
 * ago is recognized without a row of its own.
 */
export class RefreshTokens {
  constructor(private readonly key: Uint8Array) {}

  /** The first one of a session. */
  issue(sessionId: number): string {
    return this.#encode(crypto.getRandomValues(new Uint8Array(bytes.random)), sessionId);
  }

  /** The one token that follows `token` in this session: the same whenever it is asked for, also after a restart. */
  successor(token: string, sessionId: number): string {
    return this.#encode(this.#digest(token).subarray(0, bytes.random), sessionId);
  }

  /** The same as an earlier release made it, which may have answered with it just before the upgrade. */
  earlierSuccessor(token: string): string {
    return this.#digest(token).toString("base64url");
  }

  /** The session for which we made this refresh token; undefined for anything else. */
  sessionOf(token: string): number | undefined {
    const decoded = Buffer.from(token, "base64url");
    if (decoded.length < bytes.random + bytes.session) return undefined;
    const sessionId = decoded.readUIntBE(bytes.random, bytes.session);
    return this.#encode(decoded.subarray(0, bytes.random), sessionId) === token ? sessionId : undefined;
  }

  #encode(random: Uint8Array, sessionId: number): string {
    const session = Buffer.alloc(bytes.session);
    session.writeUIntBE(sessionId, 0, bytes.session);
    const mac = this.#digest("session of ", random, session).subarray(0, bytes.mac);
    return Buffer.concat([random, session, mac]).toString("base64url");
  }

  /** HMAC-SHA-256. */
  #digest(...parts: (string | Uint8Array)[]): Buffer {
    const hasher = new Bun.CryptoHasher("sha256", this.key);
    for (const part of parts) hasher.update(part);
    return hasher.digest();
  }
}
