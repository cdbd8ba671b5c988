/** People who use the client library's encryption, and servers that lie to them. */
import type { ConnectOptions, Session } from "../../../src/client/sdk/index.ts";
import { fetchBy, opened, type Opened, sees } from "../client.ts";
import type { Person } from "../person.ts";
import type { Keeper } from "./people.ts";

/** Somebody's session, whose encryption has looked at the server. */
export async function lookedAt(
  url: string,
  person: Person | undefined,
  options: ConnectOptions = {},
): Promise<Opened> {
  const session = await opened(url, person, options);
  await session.live();
  await sees(() => session.encryption.state.value !== "unknown");
  return session;
}

/** Somebody's session with new keys. */
export async function withKeys(
  url: string,
  person: Person,
  options: ConnectOptions = {},
): Promise<{ session: Opened; recoveryKey: string }> {
  const session = await lookedAt(url, person, options);
  const { recoveryKey } = await session.encryption.setUp();
  return { session, recoveryKey };
}

export const problems = (session: Session): string[] =>
  session.encryption.problems.value.map((one) => one.kind);

export const wordsAbout = (session: Session, userId: number): string =>
  session.encryption.problems.value.find((one) => one.user_id === userId)?.text ?? "";

type Alter = (body: any, init: RequestInit | undefined) => unknown;

/** A server whose answers are altered on their way, as long as it lies. By the method and the path, without the query. */
export class Liar {
  readonly #lies = new Map<string, Alter>();

  lie(call: string, alter: Alter): void {
    this.#lies.set(call, alter);
  }

  /** What it shows of somebody's keys, wherever that is. */
  show(keeper: Pick<Keeper, "id">, shown: (honest: any) => unknown): void {
    const own = (one: any) => (one?.user_id === keeper.id ? shown(one) : one);
    this.lie("POST /api/encryption/public-keys", (body) => ({
      public_keys: body.public_keys.map(own).filter((one: any) => one !== undefined),
    }));
  }

  beHonest(): void {
    this.#lies.clear();
  }

  readonly environment = {
    fetch: fetchBy((input, init) => {
      const call = `${init?.method} ${new URL(String(input)).pathname}`;
      const alter = this.#lies.get(call);
      return alter && this.#answer(fetch(input, init), alter, init);
    }),
  };

  async #answer(answer: Promise<Response>, alter: Alter, init: RequestInit | undefined): Promise<Response> {
    const honest = await answer;
    if (!honest.ok) return honest;
    const altered = alter(await honest.json(), init);
    return altered instanceof Response ? altered : Response.json(altered, { status: honest.status });
  }
}

/** Surroundings in which the answer to the first call of a path is lost, after the server has done it. */
export function losingAnswer(path: string): ConnectOptions["environment"] {
  let isLost = false;
  return {
    fetch: fetchBy((input, init) => {
      if (isLost || init?.method === "GET" || !String(input).endsWith(path)) return undefined;
      isLost = true;
      return fetch(input, init).then(() => Promise.reject(new TypeError("the line broke")));
    }),
  };
}

/** What a server shows of a keeper's chain. */
export function shownOf(keeper: Keeper, confirmed = true): Record<string, unknown> {
  const head = keeper.last!;
  return {
    user_id: keeper.id,
    public_key: head.enc,
    public_key_pem: "",
    signing_key: head.sig,
    kid: head.encKid,
    custody: head.custody,
    confirmed,
    seq: head.seq,
    fingerprint: head.sigKid,
    log: keeper.chain.map((one) => one.text),
  };
}
