/** Encrypted chats of a server: steps, epochs, messages and grants as a client would make them. */
import { createHash } from "node:crypto";
import { calculateJwkThumbprint, CompactEncrypt, GeneralEncrypt, importJWK, type JWK } from "jose";

import { rosterHash, type RosterRow } from "../../../src/e2ee/epochs.ts";
import type { Person, Reply } from "../person.ts";
import type { TestServer } from "../server.ts";
import { type Keeper, sign } from "./people.ts";
import { publish } from "./published.ts";

/** Somebody with keys. */
export interface Peer {
  person: Person;
  keeper: Keeper;
}

/** What each of a step's members that others do not need is. */
const nothing = { user: null, ik_kid: null, role: null, members: null, hist: null };
const iat = 1_800_000_000;

/** SHA-256 of what is signed of a compact JWS, in base64url. */
export function hashOf(jws: string): string {
  return createHash("sha256")
    .update(jws.slice(0, jws.lastIndexOf(".")))
    .digest("base64url");
}

export function payloadOf(jws: string): any {
  return JSON.parse(Buffer.from(jws.split(".")[1]!, "base64url").toString());
}

/** New people with keys. */
export async function peers(server: TestServer, ...names: string[]): Promise<Peer[]> {
  const people = await server.people(...names);
  return Promise.all(people.map(async (person) => ({ person, keeper: await publish(server, person) })));
}

export interface Epoch {
  n: number;
  kid: string;
  key: Uint8Array;
  announcement: string;
  envelope: string;
}

/** Always as the server says that the chat is: where its chains stand is looked up before anything is made. */
export class EncryptedChat {
  /** The last epoch that was begun here. */
  epoch: Epoch | undefined;
  readonly path: string;

  constructor(
    readonly iss: string,
    readonly id: number,
  ) {
    this.path = `/api/chats/${id}/encryption`;
  }

  /** A group, which its first member owns, or a direct chat of two, and the first one has turned encryption on. */
  static async on(
    server: TestServer,
    members: Peer[],
    { isDirect = false, hasEpoch = true }: { isDirect?: boolean; hasEpoch?: boolean } = {},
  ): Promise<EncryptedChat> {
    const [first, ...others] = members as [Peer, ...Peer[]];
    const people = others.map((one) => one.person);
    const id = isDirect
      ? await first.person.directWith(people[0]!)
      : await first.person.group("Sealed", ...people);
    const chat = new EncryptedChat((await server.api.get("/")).body.id, id);
    done(await chat.turnOn(first), 201);
    if (hasEpoch) await chat.begin(first);
    return chat;
  }

  // Membership

  /** The step after the last one that the server has. */
  async step(by: Peer, changes: object): Promise<string> {
    const { steps } = done(await by.person.get(`${this.path}/members`)).body;
    const prev = steps.length > 0 ? hashOf(steps.at(-1)) : null;
    const place = { v: 1, iss: this.iss, chat: this.id, m: steps.length + 1, prev };
    const author = { by: by.person.id, by_kid: by.keeper.ik.kid };
    return sign({ ...place, ...nothing, ...author, iat, ...changes }, by.keeper.ik, "chat-member+jws");
  }

  /** `create` with everybody who is in the chat, or others. */
  async create(by: Peer, changes: object = {}): Promise<string> {
    const roles = await this.#roles(by);
    const { roster } = done(await by.person.get(this.path)).body;
    const listed = roster.map((one: any) => [one.user_id, one.ik_kid, roles.get(one.user_id)]);
    return this.step(by, { op: "create", members: listed, hist: "none", ...changes });
  }

  async #roles({ person }: Peer): Promise<Map<number, string>> {
    const roles = new Map<number, string>();
    for (let cursor = ""; ;) {
      const path = `/api/chats/${this.id}/members?limit=100${cursor && `&cursor=${cursor}`}`;
      const { members, next_cursor } = done(await person.get(path)).body;
      for (const one of members) roles.set(one.user_id, one.role);
      if (next_cursor === null) return roles;
      cursor = next_cursor;
    }
  }

  async turnOn(by: Peer, changes: object = {}): Promise<Reply> {
    return this.post(by, await this.create(by, changes));
  }

  post(by: Peer, signed: string): Promise<Reply> {
    return by.person.post(this.path, { signed });
  }

  async add(by: Peer, { person, keeper }: Peer, role = "member", op: object = {}): Promise<Reply> {
    const step = { op: "add", user: person.id, ik_kid: keeper.ik.kid, role, ...op };
    const signed = await this.step(by, step);
    return by.person.post(`/api/chats/${this.id}/members`, { user_id: person.id, role, signed });
  }

  async rekey(by: Peer, { person, keeper }: Peer): Promise<Reply> {
    const signed = await this.step(by, { op: "rekey", user: person.id, ik_kid: keeper.ik.kid });
    return by.person.post(`/api/chats/${this.id}/members`, { user_id: person.id, signed });
  }

  async setRole(by: Peer, { person }: Peer, role: string): Promise<Reply> {
    const signed = await this.step(by, { op: "role", user: person.id, role });
    return by.person.put(this.memberPath(person), { role, signed });
  }

  async remove(by: Peer, { person }: Peer): Promise<Reply> {
    const op = by.person.id === person.id ? "leave" : "remove";
    const signed = await this.step(by, { op, user: person.id });
    return by.person.call("DELETE", this.memberPath(person), { signed });
  }

  memberPath({ id }: Person): string {
    return `/api/chats/${this.id}/members/${id}`;
  }

  /** The last step's number and hash. */
  async membership({ person }: Peer): Promise<{ m: number; hash: string }> {
    const { steps } = done(await person.get(`${this.path}/members`)).body;
    return { m: steps.length, hash: hashOf(steps.at(-1)) };
  }

  // Epochs

  async roster({ person }: Peer): Promise<RosterRow[]> {
    const { roster } = done(await person.get(this.path)).body;
    return roster.map((one: any) => ({ user: one.user_id, ikKid: one.ik_kid, ekKid: one.ek_kid }));
  }

  /** The next epoch, as the server wants it but for `changes` of the announcement, and perhaps for others. */
  async makeEpoch(by: Peer, changes: object = {}, rows?: RosterRow[]): Promise<Epoch> {
    const { due, epoch: before } = done(await by.person.get(this.path)).body;
    const roster = rows ?? (await this.roster(by));
    const { m, hash } = await this.membership(by);
    const last = (await this.epochs(by)).at(-1);
    const key = crypto.getRandomValues(new Uint8Array(32));
    const kid = await calculateJwkThumbprint({ kty: "oct", k: Buffer.from(key).toString("base64url") });
    const n = before + 1;
    const place = { v: 1, iss: this.iss, chat: this.id, n, prev: last ? hashOf(last.announcement) : null };
    const chain = { kid, m, members: hash, roster: await rosterHash(roster) };
    const author = { by: by.person.id, by_kid: by.keeper.ik.kid };
    const payload = { ...place, ...chain, ...author, reason: due ?? "membership", iat, ...changes };
    const announcement = await sign(payload, by.keeper.ik, "chat-epoch+jws");
    const envelope = await this.enclose(by, { n, announcement, key }, roster);
    return { n, kid, key, announcement, envelope };
  }

  /** The key of an epoch for these people. */
  async enclose(
    { person }: Peer,
    { n, announcement, key }: Pick<Epoch, "n" | "announcement" | "key">,
    roster: RosterRow[],
  ): Promise<string> {
    const header = { enc: "A256GCM", typ: "chat-epoch+jwe", chat: this.id, n, ann: hashOf(announcement) };
    const encrypt = new GeneralEncrypt(key).setProtectedHeader(header);
    const user_ids = roster.map((one) => one.user);
    const { public_keys } = done(await person.post("/api/encryption/public-keys", { user_ids })).body;
    for (const { public_key } of public_keys as { public_key: JWK }[]) {
      const kid = await calculateJwkThumbprint(public_key);
      const publicKey = (await importJWK(public_key, "RSA-OAEP-256")) as CryptoKey;
      encrypt.addRecipient(publicKey).setUnprotectedHeader({ alg: "RSA-OAEP-256", kid });
    }
    const { protected: head, recipients, iv, ciphertext, tag } = await encrypt.encrypt();
    return JSON.stringify({ protected: head, recipients, iv, ciphertext, tag });
  }

  offer({ person }: Peer, { announcement, envelope }: Epoch): Promise<Reply> {
    return person.post(`${this.path}/epochs`, { announcement, envelope });
  }

  /** Begins the next epoch. */
  async begin(by: Peer, changes: object = {}): Promise<Epoch> {
    const epoch = await this.makeEpoch(by, changes);
    done(await this.offer(by, epoch), 201);
    return (this.epoch = epoch);
  }

  /** All that the server has. */
  async epochs({ person }: Peer): Promise<{ n: number; announcement: string; recipient: string | null }[]> {
    const all = [];
    for (let since = 0; ;) {
      const { epochs, has_more } = done(await person.get(`${this.path}/epochs?since=${since}`)).body;
      all.push(...epochs);
      if (!has_more) return all;
      since = epochs.at(-1).n;
    }
  }

  // Messages

  /** A ciphertext under the epoch that was begun last; what is inside is nobody's business here. */
  seal(by: Pick<Peer, "person">, mid: string, text = "hello", header: object = {}): Promise<string> {
    const { n, kid, key } = this.epoch!;
    const place = { typ: "chat-msg+jwe", kid, chat: this.id, n, from: by.person.id, mid };
    return new CompactEncrypt(new TextEncoder().encode(text))
      .setProtectedHeader({ alg: "A256KW", enc: "A256GCM", ...place, ...header })
      .encrypt(key);
  }

  // Grants

  /** Something sealed for somebody. */
  async grant(to: Peer, content = "{}", header: object = {}): Promise<string> {
    const publicKey = (await importJWK(to.keeper.ek.jwk, "RSA-OAEP-256")) as CryptoKey;
    const outside = { alg: "RSA-OAEP-256", enc: "A256GCM", typ: "chat-grant+jwe", kid: to.keeper.ek.kid };
    return new CompactEncrypt(new TextEncoder().encode(content))
      .setProtectedHeader({ ...outside, ...header } as never)
      .encrypt(publicKey);
  }
}

/** The answer, which is this one. */
export function done(reply: Reply, status = 200): Reply {
  if (reply.status !== status) throw new Error(`${reply.status}: ${JSON.stringify(reply.body)}`);
  return reply;
}
