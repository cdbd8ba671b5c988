import { expect, test } from "bun:test";
import { randomBytes } from "node:crypto";

import { encrypt, mostPlainBytes, problemWithKeys } from "../../src/platform/push/encrypt.ts";
import { DeviceKeyRing } from "../support/push-device.ts";

/** RFC 8291, appendix A. */
const example = {
  keys: {
    p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    auth: "BTBZMqHH6r4Tts7J_aSIgg",
  },
  privateKey: "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
  body: "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
  plain: "When I grow up, I want to be a watermelon",
};

const bytes = (given: string) => new Uint8Array(Buffer.from(given, "base64url"));
const opened = async (ring: DeviceKeyRing, body: Buffer) =>
  Buffer.from(await ring.decrypt(new Uint8Array(body)));

test("the tests open pushes as the standard's example has it", async () => {
  const ring = await DeviceKeyRing.of(example.keys, example.privateKey);
  expect(Buffer.from(await ring.decrypt(bytes(example.body))).toString()).toBe(example.plain);
});

test("a device opens what is encrypted for it, and no other does", async () => {
  const [ring, other] = [await DeviceKeyRing.make(), await DeviceKeyRing.make()];
  const body = encrypt(Buffer.from("Zoë: 🎉"), ring.keys);
  expect((await opened(ring, body)).toString()).toBe("Zoë: 🎉");
  await expect(opened(other, body)).rejects.toThrow();
  const sameAuth = { p256dh: ring.keys.p256dh, auth: other.keys.auth };
  await expect(opened(ring, encrypt(Buffer.from("x"), sameAuth))).rejects.toThrow();
});

test("the same text never looks the same twice", async () => {
  const { keys } = await DeviceKeyRing.make();
  const bodies = [1, 2, 3].map(() => encrypt(Buffer.from("hello"), keys));
  // Salt, and public key of the pair that was made for it.
  expect(new Set(bodies.map((one) => one.subarray(0, 16).toString("hex"))).size).toBe(3);
  expect(new Set(bodies.map((one) => one.subarray(21, 86).toString("hex"))).size).toBe(3);
});

test("the most that fits fills 4096 bytes", async () => {
  const ring = await DeviceKeyRing.make();
  const plain = randomBytes(mostPlainBytes);
  const body = encrypt(plain, ring.keys);
  expect(body).toHaveLength(4096);
  expect(await opened(ring, body)).toEqual(plain);
});

test("good keys are taken with and without padding", async () => {
  const { keys } = await DeviceKeyRing.make();
  expect(problemWithKeys(keys)).toBeUndefined();
  expect(problemWithKeys(example.keys)).toBeUndefined();
  const padded = { p256dh: `${keys.p256dh}=`, auth: `${keys.auth}==` };
  expect(problemWithKeys(padded)).toBeUndefined();
  expect(() => encrypt(Buffer.from("x"), padded)).not.toThrow();
});

test("keys that are none are found before anything is encrypted for them", () => {
  const { p256dh, auth } = example.keys;
  const point = Buffer.from(p256dh, "base64url");
  const changed = (offset: number, byte: number) => {
    const copy = Buffer.from(point);
    copy[offset] = byte;
    return copy.toString("base64url");
  };
  const noPublicKeys = [
    "",
    "abc",
    p256dh.slice(0, -2),
    `${p256dh}AA`,
    changed(0, 2),
    // Not on the curve.
    changed(64, 0),
    Buffer.alloc(65).toString("base64url"),
    Buffer.alloc(65, 4).toString("base64url"),
    // Compressed.
    Buffer.concat([Buffer.of(2), point.subarray(1, 33)]).toString("base64url"),
    // Of another alphabet, or with what Buffer would skip.
    p256dh.replaceAll("-", "+").replaceAll("_", "/"),
    `${p256dh.slice(0, 20)} ${p256dh.slice(20)}`,
    `${p256dh}\n`,
  ];
  for (const given of noPublicKeys) {
    expect([given, problemWithKeys({ p256dh: given, auth })?.field]).toEqual([given, "p256dh"]);
  }
  const noSecrets = ["", "abc", auth.slice(0, -2), `${auth}AA`, ` ${auth}`, auth.replaceAll("_", "/")];
  for (const given of noSecrets) {
    expect([given, problemWithKeys({ p256dh, auth: given })?.field]).toEqual([given, "auth"]);
  }
});
