import { SignJWT } from "jose";

import type { Clock } from "../../../core/clock.ts";
import { PushUnavailable } from "../push.ts";
import type { ServiceAccount } from "./credentials.ts";

/** Hands out the token that Google's services are called with. */
export interface AccessTokens {
  /** Errors: PushUnavailable. */
  get(): Promise<string>;
  /** The one handed out last is not taken any more. */
  forget(): void;
}

export interface AccessTokenOptions {
  account: ServiceAccount;
  clock: Clock;
  /** Certificate authority, in PEM, that is trusted besides those of the system. */
  ca?: string | undefined;
}

const scope = "https://www.googleapis.com/auth/firebase.messaging";
const lifetimeSeconds = 3600;
const marginSeconds = 60;
const limitMilliseconds = 8000;
const longestAnswer = 16_384;

/** Cached until a minute before it expires, and fetched once however many wait for it. */
export function accessTokens(options: AccessTokenOptions): AccessTokens {
  const { clock } = options;
  let kept: { token: string; until: number } | undefined;
  let underWay: Promise<string> | undefined;

  async function renew(): Promise<string> {
    const { token, seconds } = await fetchToken(options);
    kept = { token, until: clock.now() + (seconds - marginSeconds) * 1000 };
    return token;
  }

  return {
    get() {
      if (kept && clock.now() < kept.until) return Promise.resolve(kept.token);
      underWay ??= renew().finally(() => (underWay = undefined));
      return underWay;
    },
    forget() {
      kept = undefined;
    },
  };
}

/** JWT bearer grant of OAuth 2.0 (RFC 7523). The library that firebase-admin has for it ignores `token_uri`. */
async function fetchToken(options: AccessTokenOptions): Promise<{ token: string; seconds: number }> {
  const { account, clock } = options;
  const { host } = new URL(account.tokenUri);
  const limit = new AbortController();
  const stop = clock.after(limitMilliseconds, () => limit.abort());
  try {
    const answer = await ask(options, limit.signal);
    return readToken(answer, clock.now());
  } catch (error) {
    if (error instanceof PushUnavailable) throw error;
    throw new PushUnavailable(`${host} cannot be reached (${reasonOf(error, limit.signal)}).`);
  } finally {
    stop();
    limit.abort();
  }
}

interface Answer {
  status: number;
  date: string | null;
  text: string;
}

async function ask({ account, clock, ca }: AccessTokenOptions, signal: AbortSignal): Promise<Answer> {
  const now = Math.floor(clock.now() / 1000);
  const assertion = await new SignJWT({ scope })
    .setProtectedHeader({
      alg: "RS256",
      typ: "JWT",
      ...(account.privateKeyId && { kid: account.privateKeyId }),
    })
    .setIssuer(account.clientEmail)
    .setAudience(account.tokenUri)
    .setIssuedAt(now)
    .setExpirationTime(now + lifetimeSeconds)
    .sign(account.privateKey);
  const response = await fetch(account.tokenUri, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion }),
    redirect: "manual",
    signal,
    ...(ca !== undefined && { tls: { ca } }),
  });
  return { status: response.status, date: response.headers.get("date"), text: await readText(response) };
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > longestAnswer)
      throw new PushUnavailable("Google's answer about the access token is too long.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function readToken({ status, date, text }: Answer, now: number): { token: string; seconds: number } {
  const { access_token: token, expires_in: seconds, error } = toObject(text);
  if (status === 200 && typeof token === "string" && typeof seconds === "number") {
    return { token, seconds: Math.min(seconds, lifetimeSeconds) };
  }
  if (error === "invalid_grant") throw new PushUnavailable(problemOfGrant(date, now));
  if (status === 400 || status === 401 || status === 403) {
    throw new PushUnavailable(`Google refuses the service account's key (HTTP ${status}): make a new one.`);
  }
  throw new PushUnavailable(`Google hands out no access token (HTTP ${status}).`);
}

/** By far the most common: keys are taken back, and clocks are wrong. Google takes ten minutes. */
function problemOfGrant(date: string | null, now: number): string {
  const minutes = Math.round((now - Date.parse(date ?? "")) / 60_000);
  if (Math.abs(minutes) >= 5) {
    return `Google refuses the service account's key, because this machine's clock is ${Math.abs(minutes)} minutes ${minutes > 0 ? "fast" : "slow"}: set the clock (invalid_grant).`;
  }
  return "Google refuses the service account's key: it has been revoked, or this machine's clock is wrong (invalid_grant). Set the clock, or make a new key in the Firebase console.";
}

function toObject(text: string): Record<string, unknown> {
  try {
    return { ...JSON.parse(text) };
  } catch {
    return {};
  }
}

function reasonOf(error: unknown, limit: AbortSignal): string {
  if (limit.aborted) return `no answer within ${limitMilliseconds / 1000} seconds`;
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
