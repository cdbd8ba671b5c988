import { signal, type Signal } from "@preact/signals-core";

import { type Authorization, type Caller, within } from "./calls.ts";
import type { Environment } from "./environment.ts";
import { ParleyError } from "./errors.ts";
import type { Store, Tokens } from "./store/store.ts";
import { set } from "./told.ts";
import type { Me, Register, SignedIn } from "./wire.ts";

/** Whom to sign in; or whom to make an account for. */
export type Credentials = { username: string; password: string } | { register: Register };

interface Parts {
  caller: Caller;
  store: Store;
  environment: Environment;
  /** In a page of the server itself, the refresh token is in a cookie. */
  cookie: boolean;
}

/**
 * Signs somebody in, or goes on with the session that is kept. `owner` is whose rows the store has. Errors: those of the calls;
 * `signed_out`; `other_person`, and the store stays as it is.
 */
export async function signIn(
  parts: Parts,
  credentials: Credentials | undefined,
  owner: Me | undefined,
): Promise<Identity> {
  const kept = await parts.store.tokens();
  if (!credentials && kept) return new Identity(parts, kept);
  if (!credentials && !parts.cookie) throw new ParleyError("signed_out", "Nobody is signed in here.");
  const tokens = await parts.store.alone(async () => {
    const signedIn = credentials ? await ask(parts, credentials) : await exchange(parts, undefined);
    const belongsTo = owner ?? kept?.user;
    if (belongsTo && belongsTo.id !== signedIn.user.id) throw await notTheirs(parts, belongsTo, signedIn);
    const tokens = toTokens(parts.environment, signedIn);
    await parts.store.keepTokens(tokens);
    return tokens;
  });
  return new Identity(parts, tokens);
}

/** The session that was just begun is ended again. */
async function notTheirs(
  { caller }: Parts,
  { username }: Me,
  { access_token }: SignedIn,
): Promise<ParleyError> {
  const headers = { Authorization: `Bearer ${access_token}` };
  await caller.send("/api/auth/logout", { method: "POST", headers }).catch(() => {});
  return new ParleyError("other_person", `What is kept here belongs to ${username}.`);
}

function ask({ caller, cookie }: Parts, credentials: Credentials): Promise<SignedIn> {
  const more = cookie ? { cookie } : {};
  return "register" in credentials
    ? caller.call("POST /api/auth/register", {
        body: { encryption: "client", ...credentials.register, ...more },
      })
    : caller.call("POST /api/auth/login", { body: { ...credentials, ...more } });
}

/** How long a refresh may take in all, in milliseconds: less than it may be done alone. And how often it is asked for in a row. */
const exchangePatience = 7000;
const exchanges = 3;

/**
 * A refresh of the session. The server gives the same answer again for 30 seconds: one that was lost is asked for at once, because
 * afterwards the session would be over (docs/clients.md).
 */
async function exchange({ caller, cookie }: Parts, refresh_token: string | undefined): Promise<SignedIn> {
  const body = cookie ? { cookie } : { refresh_token: refresh_token ?? "" };
  const signal = within(exchangePatience, undefined);
  for (let attempt = 1; ; attempt++) {
    try {
      return await caller.anonymously("POST /api/auth/refresh", { body }, signal);
    } catch (error) {
      const isLost = (error as ParleyError).code === "no_answer";
      if (!isLost || attempt === exchanges || signal.aborted) throw error;
    }
  }
}

function toTokens({ now }: Environment, signedIn: SignedIn): Tokens {
  const { user, access_token, refresh_token, expires_in } = signedIn;
  return { user, access_token, refresh_token, expires_at: now() + expires_in * 1000 };
}

/** Who is signed in, with the tokens that prove it. One exchange at a time, among all programs on the store. */
export class Identity implements Authorization {
  /** Why it is over; the session cannot be renewed. */
  readonly ended: Signal<ParleyError | undefined> = signal(undefined);
  /** False when the store takes no tokens any more. */
  readonly isKept: Signal<boolean> = signal(true);
  #tokens: Tokens;
  /** When the access token expires, by the clock that nobody turns. */
  #over: number;
  /** The server did not accept this one: it is shown no more. */
  #refused: string | undefined;
  #renewing: Promise<void> | undefined;

  constructor(
    private readonly parts: Parts,
    tokens: Tokens,
  ) {
    this.#tokens = tokens;
    this.#over = this.#overAt(tokens);
    if (tokens.is_renewing) this.#refused = tokens.access_token;
  }

  get user(): Tokens["user"] {
    return this.#tokens.user;
  }

  async token(): Promise<string> {
    const { access_token } = this.#tokens;
    const isOver = this.parts.environment.elapsed() >= this.#over || access_token === this.#refused;
    if (isOver) await this.renew(access_token);
    return this.#tokens.access_token;
  }

  async renew(refused: string): Promise<void> {
    const ended = this.ended.value;
    if (ended) throw ended;
    if (this.#tokens.access_token !== refused) return;
    this.#refused = refused;
    this.#renewing ??= this.parts.store
      .alone(() => this.#renew(refused))
      .finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  /** Settles when a refresh that is under way has come to an end: what it brings has to be kept. */
  async close(): Promise<void> {
    await this.#renewing?.catch(() => {});
  }

  /** Ends the session on the server, too. */
  async signOut(): Promise<void> {
    const { caller, store, cookie } = this.parts;
    // One that is over already needs no end.
    await caller.call("POST /api/auth/logout", {}).catch((error) => {
      if (!this.ended.value) throw error;
    });
    if (!cookie) await store.keepTokens(undefined);
    this.#end(new ParleyError("signed_out", "Signed out."));
  }

  async #renew(refused: string): Promise<void> {
    const kept = await this.#kept();
    // Another program has done it meanwhile.
    if (kept.access_token !== refused) return this.#use(kept);
    await this.#keep({ ...kept, is_renewing: true });
    const next = toTokens(this.parts.environment, await this.#exchange(kept));
    this.#requireSame(next);
    const since = await this.#kept();
    // Whoever was asleep in between was passed over, and has what is older.
    if (since.access_token !== refused) return this.#use(since);
    // Before it is used: the one before is used up.
    await this.#keep(next);
    this.#use(next);
  }

  /** A store that fails ends no session: it goes on in memory. */
  async #keep(tokens: Tokens): Promise<void> {
    try {
      await this.parts.store.keepTokens(tokens);
    } catch {
      set(this.isKept, false);
    }
  }

  async #kept(): Promise<Tokens> {
    const kept = this.isKept.value ? await this.parts.store.tokens() : this.#tokens;
    if (!kept) throw this.#end(new ParleyError("signed_out", "Signed out by another program."));
    this.#requireSame(kept);
    return kept;
  }

  async #exchange({ refresh_token }: Tokens): Promise<SignedIn> {
    try {
      return await exchange(this.parts, refresh_token);
    } catch (error) {
      const { code } = error as ParleyError;
      throw code === "invalid_refresh_token" ? this.#end(error as ParleyError) : error;
    }
  }

  /** A second sign-in in the same browser changes the cookie under the first tab. */
  #requireSame({ user }: Tokens): void {
    if (user.id === this.user.id) return;
    throw this.#end(new ParleyError("other_person", `${user.username} has signed in here meanwhile.`));
  }

  #use(tokens: Tokens): void {
    this.#tokens = tokens;
    this.#over = this.#overAt(tokens);
  }

  #overAt({ expires_at }: Tokens): number {
    const { elapsed, now } = this.parts.environment;
    return elapsed() + expires_at - now();
  }

  #end(error: ParleyError): ParleyError {
    set(this.ended, error);
    return error;
  }
}
