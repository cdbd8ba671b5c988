/** People who use the client library's encryption, and servers that lie to them. */
import type { ConnectOptions, Session } from "../../../src/client/sdk/index.ts";
import { catalogue } from "../../../src/core/errors.ts";
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

/** What becomes of a frame: others, in their order, or none. */
type AlterFrame = (frame: any) => object[];

/**
 * A server whose answers and frames are altered on their way, as long as it lies. Answers by the method and the path, without the query; frames
 * by their type.
 */
export class Liar {
  readonly #lies = new Map<string, Alter>();
  readonly #refusals = new Map<string, string>();
  readonly #told = new Map<string, AlterFrame>();
  readonly #asked = new Map<string, AlterFrame>();

  lie(call: string, alter: Alter): void {
    this.#lies.set(call, alter);
  }

  /** The call does not get there: it is refused with this. */
  refuse(call: string, code: string): void {
    this.#refusals.set(call, code);
  }

  /** Frames of the server. */
  tell(type: string, alter: AlterFrame): void {
    this.#told.set(type, alter);
  }

  /** Frames of the client do not get there: they are answered with these. */
  answer(type: string, alter: AlterFrame): void {
    this.#asked.set(type, alter);
  }

  /** What it shows of somebody's keys, wherever that is. */
  show(keeper: Pick<Keeper, "id">, shown: (honest: any) => unknown): void {
    const own = (one: any) => (one?.user_id === keeper.id ? shown(one) : one);
    this.lie("POST /api/encryption/public-keys", (body) => ({
      public_keys: body.public_keys.map(own).filter((one: any) => one !== undefined),
    }));
  }

  beHonest(): void {
    for (const lies of [this.#lies, this.#refusals, this.#told, this.#asked]) lies.clear();
  }

  readonly environment = {
    WebSocket: this.#webSocket(),
    fetch: fetchBy((input, init) => {
      const call = `${init?.method} ${new URL(String(input)).pathname}`;
      const code = this.#refusals.get(call);
      if (code !== undefined) return Promise.resolve(refusal(code));
      const alter = this.#lies.get(call);
      return alter && this.#answer(fetch(input, init), alter, init);
    }),
  };

  #webSocket(): typeof WebSocket {
    const told = this.#told;
    const asked = this.#asked;
    class Lying extends WebSocket {
      #heard: ((event: { data: string }) => void) | null = null;

      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        this.addEventListener("message", ({ data }) => {
          const frame = JSON.parse(String(data));
          const alter = told.get(frame.type);
          if (alter) this.#hear(alter(frame));
          else this.#heard?.({ data });
        });
      }
      override get onmessage() {
        return this.#heard as never;
      }
      override set onmessage(heard: ((event: { data: string }) => void) | null) {
        this.#heard = heard;
      }
      override send(data: string): void {
        const frame = JSON.parse(data);
        const alter = asked.get(frame.type);
        if (alter) this.#hear(alter(frame));
        else super.send(data);
      }
      #hear(frames: object[]): void {
        for (const one of frames) this.#heard?.({ data: JSON.stringify(one) });
      }
    }
    return Lying as unknown as typeof WebSocket;
  }

  async #answer(answer: Promise<Response>, alter: Alter, init: RequestInit | undefined): Promise<Response> {
    const honest = await answer;
    if (!honest.ok) return honest;
    const altered = alter(await honest.json(), init);
    return altered instanceof Response ? altered : Response.json(altered, { status: honest.status });
  }
}

function refusal(code: string): Response {
  const [status, , title] = catalogue[code as keyof typeof catalogue];
  const problem = { type: "about:blank", title, status, code, detail: title };
  return Response.json(problem, { status, headers: { "Content-Type": "application/problem+json" } });
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
