/** People of a server who have published keys. */
import { CompactEncrypt } from "jose";

import type { Person, Reply } from "../person.ts";
import { password, type TestServer } from "../server.ts";
import { Keeper, makePair, type Pair, sign } from "./people.ts";

const kek = crypto.getRandomValues(new Uint8Array(32));

/** Something sealed, as the server sees it. */
export function seal(typ: string, header: object = {}, content = "{}"): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(content))
    .setProtectedHeader({ alg: "A256KW", enc: "A256GCM", typ, ...header })
    .encrypt(kek);
}

export const keychain = (content?: string) => seal("chat-keychain+jwe", {}, content);
export const unlock = (kdf = "hkdf-sha256", more: object = {}) => seal("chat-unlock+jwe", { kdf, ...more });

/** Somebody's first keys, which nobody knows of yet. */
export async function makeKeeper(
  server: Pick<TestServer, "api">,
  { id }: { id: number },
  ek?: Pair,
): Promise<Keeper> {
  return Keeper.make(id, (await server.api.get("/")).body.id, ek);
}

/** What generate-keys takes. */
export async function firstKeys(keeper: Keeper): Promise<Record<string, unknown>> {
  const entry = keeper.chain[0]!.text;
  return { mode: "client", entry, unlock: [await unlock()], keychain: await keychain() };
}

/** Somebody with keys here. */
export async function publish(server: Pick<TestServer, "api">, person: Person, ek?: Pair): Promise<Keeper> {
  const keeper = await makeKeeper(server, person, ek);
  const reply = await person.post("/api/encryption/generate-keys", await firstKeys(keeper));
  if (reply.status !== 201) throw new Error(`generate-keys: ${JSON.stringify(reply.body)}`);
  return keeper;
}

/** Publishes an entry after that with this `seq`, the last one unless given. */
export function publishNext(
  person: Person,
  keeper: Keeper,
  entry: string,
  { seq = keeper.last!.seq, ...more }: { seq?: number } & Record<string, unknown> = {},
): Promise<Reply> {
  const headers = { "If-Match": `"${seq}"` };
  const body = { entry, current_password: password, ...more };
  return person.put("/api/encryption/public-key", body, { headers });
}

/** An entry with another encryption key, whose keeper has it from then on. */
export async function rotate(keeper: Keeper): Promise<string> {
  keeper.ek = await makePair("RSA-OAEP-256");
  return keeper.entry({});
}

/** What proves that somebody can use the keys of their last entry. */
export function confirm({ iss, id, ek, ik }: Pick<Keeper, "iss" | "id" | "ek" | "ik">): Promise<string> {
  const payload = { v: 1, iss, sub: id, kid: ek.kid, iat: 1_800_000_000 };
  return sign(payload, ik, "chat-confirm+jws");
}

/** Somebody loses everything, and has other keys from now on that nothing of before vouches for. */
export async function reset(person: Person, keeper: Keeper): Promise<void> {
  keeper.ik = await makePair("ES256");
  keeper.ek = await makePair("RSA-OAEP-256");
  const entry = await keeper.entry({ reason: "reset" });
  const sealed = { unlock: [await unlock()], keychain: await keychain() };
  const keys = { mode: "client", entry, ...sealed, replace: true, current_password: password };
  const reply = await person.post("/api/encryption/generate-keys", keys);
  if (reply.status !== 201) throw new Error(`reset: ${JSON.stringify(reply.body)}`);
  await keeper.publish(entry);
}

/** Somebody's identity is handed over to another one. */
export async function handOver(person: Person, keeper: Keeper): Promise<void> {
  const before = keeper.ik;
  keeper.ik = await makePair("ES256");
  const entry = await keeper.entry({}, before);
  const reply = await publishNext(person, keeper, entry);
  if (reply.status !== 200) throw new Error(`rotate: ${JSON.stringify(reply.body)}`);
  await keeper.publish(entry);
}
