/** People with keys, who make the objects of encryption as any client could: with jose and WebCrypto alone. */
import { calculateJwkThumbprint, CompactSign, exportJWK, generateKeyPair, type JWK } from "jose";

import { type Entry, readEntry } from "../../../src/e2ee/directory.ts";
import { signedByBoth } from "../../../src/e2ee/signed.ts";

export const iss = "AAECAwQFBgcICQoLDA0ODw";

export interface Pair {
  privateKey: CryptoKey;
  jwk: JWK;
  kid: string;
}

export async function makePair(alg: "ES256" | "RSA-OAEP-256"): Promise<Pair> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { modulusLength: 2048, extractable: true });
  const { alg: _, ...jwk } = await exportJWK(publicKey);
  return { privateKey, jwk, kid: await calculateJwkThumbprint(jwk) };
}

/** Signs whatever it is given, as it is given. */
export function signText(text: string, { privateKey, kid }: Pair, header: object): Promise<string> {
  const protectedHeader = { alg: "ES256", kid, ...header };
  return new CompactSign(new TextEncoder().encode(text)).setProtectedHeader(protectedHeader).sign(privateKey);
}

export const sign = (payload: object, pair: Pair, typ: string) =>
  signText(JSON.stringify(payload), pair, { typ });

/** Somebody with an identity, and the chain of their directory. */
export class Keeper {
  readonly chain: Entry[] = [];

  private constructor(
    readonly id: number,
    public ik: Pair,
    public ek: Pair,
    readonly iss: string,
  ) {}

  /** `server`: its id. `ek`: one that is there already, because an RSA key takes long to make. */
  static async make(id: number, server = iss, ek?: Pair): Promise<Keeper> {
    const keeper = new Keeper(id, await makePair("ES256"), ek ?? (await makePair("RSA-OAEP-256")), server);
    await keeper.publish(await keeper.entry({}));
    return keeper;
  }

  get last(): Entry | undefined {
    return this.chain.at(-1);
  }

  /** The next entry's payload with the keys of now. */
  payload(changes: object): object {
    const { last } = this;
    return {
      v: 1,
      iss: this.iss,
      sub: this.id,
      seq: (last?.seq ?? 0) + 1,
      prev: last?.hash ?? null,
      sig: this.ik.jwk,
      enc: this.ek.jwk,
      custody: "client",
      reason: last ? "rotate" : "init",
      iat: 1_800_000_000,
      ...changes,
    };
  }

  /** `before`: who signs as well. */
  async entry(changes: object, before?: Pair): Promise<string> {
    const payload = this.payload(changes);
    const own = await sign(payload, this.ik, "chat-key+jws");
    return before ? signedByBoth(own, await sign(payload, before, "chat-key+jws")) : own;
  }

  read(text: string): Promise<Entry> {
    return readEntry(text, { iss: this.iss, sub: this.id, before: this.last });
  }

  async publish(text: string): Promise<Entry> {
    const entry = await this.read(text);
    this.chain.push(entry);
    return entry;
  }
}
