import { expect, test } from "bun:test";

import { Keeper, makePair, sign, signText } from "../support/e2ee/people.ts";

test("a first entry, a new encryption key, a new identity with the old one's word, and a reset without it", async () => {
  const alice = await Keeper.make(1);
  const { ik } = alice;
  alice.ek = await makePair("RSA-OAEP-256");
  expect(await alice.publish(await alice.entry({}))).toMatchObject({
    seq: 2,
    sigKid: ik.kid,
    encKid: alice.ek.kid,
  });
  alice.ik = await makePair("ES256");
  expect(await alice.publish(await alice.entry({}, ik))).toMatchObject({ seq: 3, sigKid: alice.ik.kid });
  [alice.ik, alice.ek] = [await makePair("ES256"), await makePair("RSA-OAEP-256")];
  expect(await alice.publish(await alice.entry({ reason: "reset", custody: "server" }))).toMatchObject({
    seq: 4,
  });
});

type Scene = { alice: Keeper; mallory: Keeper };
const refusals: Record<string, (scene: Scene) => Promise<string>> = {
  "another person's": ({ alice }) => alice.entry({ sub: 2 }),
  "another server's": ({ alice }) => alice.entry({ iss: "BBECAwQFBgcICQoLDA0ODw" }),
  "one that leaves one out": ({ alice }) => alice.entry({ seq: 3 }),
  "one that follows another": ({ alice }) => alice.entry({ prev: "A".repeat(43) }),
  "a second first one": ({ alice }) => alice.entry({ reason: "init" }),
  "a reset with the same identity": ({ alice }) => alice.entry({ reason: "reset" }),
  "keys that a server keeps from now on, without a reset": ({ alice }) => alice.entry({ custody: "server" }),
  "one with a member more": ({ alice }) => alice.entry({ more: 1 }),
  "one of another version": ({ alice }) => alice.entry({ v: 2 }),
  "another identity without the old one's word": async ({ alice }) => {
    alice.ik = await makePair("ES256");
    return alice.entry({});
  },
  "another identity with somebody else's word": async ({ alice, mallory }) => {
    alice.ik = await makePair("ES256");
    return alice.entry({}, mallory.ik);
  },
  "one with a signature too many": ({ alice, mallory }) => alice.entry({}, mallory.ik),
  "one signed by somebody else": ({ alice, mallory }) => sign(alice.payload({}), mallory.ik, "chat-key+jws"),
  "one signed by somebody else in the other's name": ({ alice, mallory }) =>
    sign(alice.payload({}), { ...mallory.ik, kid: alice.ik.kid }, "chat-key+jws"),
  "one of another type": ({ alice }) => sign(alice.payload({}), alice.ik, "chat-epoch+jws"),
  "one with a header more": ({ alice }) =>
    signText(JSON.stringify(alice.payload({})), alice.ik, {
      typ: "chat-key+jws",
      jku: "https://example.com",
    }),
  "one with a name twice": ({ alice }) =>
    signText(JSON.stringify(alice.payload({})).replace('"v":1', '"v":2,"v":1'), alice.ik, {
      typ: "chat-key+jws",
    }),
  "one with white space": ({ alice }) =>
    signText(JSON.stringify(alice.payload({}), null, 1), alice.ik, { typ: "chat-key+jws" }),
  "a private signing key": ({ alice }) => alice.entry({ sig: { ...alice.ik.jwk, d: "A".repeat(43) } }),
  "a private encryption key": ({ alice }) => alice.entry({ enc: { ...alice.ek.jwk, d: "AQAB" } }),
  "RSA with another exponent": ({ alice }) => alice.entry({ enc: { ...alice.ek.jwk, e: "Aw" } }),
  "RSA of 1024 bits": ({ alice }) =>
    alice.entry({ enc: { kty: "RSA", n: "_".repeat(170) + "8", e: "AQAB" } }),
  "a signing key for encryption": ({ alice }) => alice.entry({ enc: alice.ik.jwk }),
  "a signature with other last bits in its base64url": async ({ alice }) => {
    const text = await alice.entry({});
    const last = text.at(-1)!;
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return text.slice(0, -1) + alphabet[alphabet.indexOf(last) + 1];
  },
  "an altered payload": async ({ alice }) => {
    const [head, , signature] = (await alice.entry({})).split(".");
    const [, body] = (await alice.entry({ iat: 1_900_000_000 })).split(".");
    return `${head}.${body}.${signature}`;
  },
  "no object at all": async () => "a.b",
};

test.each(Object.entries(refusals))("%s is refused", async (_, make) => {
  const scene = { alice: await Keeper.make(1), mallory: await Keeper.make(2) };
  // What is not altered is taken, so that it is the alteration that is refused.
  await scene.alice.read(await scene.alice.entry({}));
  const text = await make(scene);
  await expect(scene.alice.read(text)).rejects.toThrow();
});

test("the other signature of the same is no other object", async () => {
  const alice = await Keeper.make(1);
  const text = await alice.entry({});
  const [head, body, signature] = text.split(".");
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const bytes = Buffer.from(signature!, "base64url");
  const s = order - BigInt(`0x${bytes.subarray(32).toString("hex")}`);
  const other = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, "0"), "hex")]);
  const twin = `${head}.${body}.${other.toString("base64url")}`;
  expect(twin).not.toBe(text);
  expect((await alice.read(twin)).hash).toBe((await alice.read(text)).hash);
});

test("an RSA key with zeros before it would be the same key by another name, and is refused", async () => {
  const alice = await Keeper.make(1);
  const n = Buffer.concat([Buffer.alloc(1), Buffer.from(alice.ek.jwk.n!, "base64url")]).toString("base64url");
  await expect(alice.read(await alice.entry({ enc: { ...alice.ek.jwk, n } }))).rejects.toThrow("zeros");
});

test.each([
  ["a bare key", (alice: Keeper) => JSON.stringify(alice.ek.jwk), "unsigned"],
  ["no object", () => "a.b", "unsigned"],
  ["base64url that stands for no bytes", () => "a.b.c", "bad_object"],
  ["signatures that are none", () => `{"payload":"","signatures":[null,null]}`, "bad_object"],
])("%s is refused for what it is", async (_, make, code) => {
  const alice = await Keeper.make(1);
  await expect(alice.read(make(alice))).rejects.toMatchObject({ name: "BadObject", code });
});
