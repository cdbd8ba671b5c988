import { expect, test } from "bun:test";

import {
  type EncryptedMessage,
  openMessage,
  readMessageHeader,
  sealMessage,
} from "../../../src/client/sdk/crypto/message.ts";
import { paddedSize } from "../../../src/client/sdk/crypto/padding.ts";
import { utf8 } from "../../../src/e2ee/bytes.ts";
import { seal } from "../../../src/e2ee/sealed.ts";
import { verify } from "../../../src/e2ee/signed.ts";
import { iss, makePair, sign } from "../../support/e2ee/people.ts";

const alice = await makePair("ES256");
const mallory = await makePair("ES256");
const epoch = { kid: "K".repeat(43), key: crypto.getRandomValues(new Uint8Array(32)) };
const ann = "A".repeat(43);
const mid = "0123456789abcdef0123456789abcdef";

function message(changes: Partial<EncryptedMessage> = {}, text = "hello 🦊"): Omit<EncryptedMessage, "pad"> {
  const body = { type: "text", text, mentions: [], reply_to: null, attachments: [], replaces: [] } as const;
  const place = {
    chat: 7,
    n: 2,
    ep: ann,
    from: 1,
    device: "D".repeat(22),
    mid,
    ctr: 1,
    prev: null,
    seen: null,
  };
  return { v: 1, iss, ...place, at: 1_800_000_000_000, body: structuredClone(body) as never, ...changes };
}

const carried = { chat: 7, from: 1, mid };

async function read(text: string, what = carried, key = epoch.key) {
  const opened = await openMessage(text, readMessageHeader(text, what), { iss, ann, key });
  await verify(opened, alice.jwk as never, alice.kid);
  return opened;
}

test("what was sealed is opened, with the same H on both sides", async () => {
  const { text, hash } = await sealMessage(message(), alice, epoch);
  const opened = await read(text);
  expect(opened.payload.body.text).toBe("hello 🦊");
  expect(opened.hash).toBe(hash);
});

test("texts of many lengths have few sizes, and none grows by more than 12 %", async () => {
  const sizes = new Set<number>();
  for (let length = 0; length < 200; length++) {
    sizes.add((await sealMessage(message({}, "x".repeat(length)), alice, epoch)).text.length);
  }
  expect(sizes.size).toBeLessThan(15);
  for (let size = 1; size < 70_000; size += 7) {
    expect(paddedSize(size)).toBeWithin(size, size * 1.12 + 1);
  }
});

test("a message of 20 characters has some 1.5 KB, and one that is too large is not made", async () => {
  expect((await sealMessage(message({}, "x".repeat(20)), alice, epoch)).text.length).toBeLessThan(1800);
  await expect(sealMessage(message({}, "x".repeat(50_000)), alice, epoch)).rejects.toThrow("65536");
});

const header = { typ: "chat-msg+jwe", kid: epoch.kid, chat: 7, n: 2, from: 1, mid } as const;
const sealed = async (inner: object, outer: object = header, by = alice, typ = "chat-msg+jws") =>
  seal(outer as never, epoch.key, utf8(await sign({ ...inner, pad: "" }, by, typ)));

const refused: Record<string, [why: string, make: () => Promise<string>]> = {
  "in another chat": ["another chat", () => sealed(message(), { ...header, chat: 8 })],
  "by somebody else": ["another from", () => sealed(message(), { ...header, from: 2 })],
  "with another client_id": ["another mid", () => sealed(message(), { ...header, mid: "other" })],
  "moved from another chat": ["inside it has another chat", () => sealed(message({ chat: 8 }))],
  "with another sender inside": ["inside it has another from", () => sealed(message({ from: 2 }))],
  "of an epoch before": ["inside it has another n", () => sealed(message({ n: 1 }))],
  "of another announcement": ["another epoch", () => sealed(message({ ep: "B".repeat(43) }))],
  "of another server": ["its iss", () => sealed(message({ iss: "BBECAwQFBgcICQoLDA0ODw" }))],
  "signed by somebody else": ["somebody else", () => sealed(message(), header, mallory)],
  "signed in another's name": ["signature", () => sealed(message(), header, { ...mallory, kid: alice.kid })],
  "of another type": ["header", () => sealed(message(), header, alice, "box+jws")],
  "of another type outside": ["header", () => sealed(message(), { ...header, typ: "chat-grant+jwe" })],
  "with a header more": ["header", () => sealed(message(), { ...header, zip: "DEF" })],
  "an edit of nothing": ["its body", () => sealed(message({ body: { ...message().body, type: "edit" } }))],
  "a text that replaces": [
    "its body",
    () => sealed(message({ body: { ...message().body, replaces: [["D".repeat(22), 1, ann]] } })),
  ],
  "an edit of 51 versions": [
    "its replaces",
    () => {
      const replaces = Array.from({ length: 51 }, (_, i) => ["D".repeat(22), i + 1, ann] as never);
      return sealed(message({ body: { ...message().body, type: "edit", replaces } }));
    },
  ],
  "with more inside": ["it must have no", () => sealed({ ...message(), more: 1 })],
  unsigned: ["not signed", () => seal(header as never, epoch.key, utf8(JSON.stringify(message())))],
  plain: ["JWE", async () => "hello"],
};

test.each(Object.entries(refused))("a message %s is refused", async (_, [why, make]) => {
  await expect(read(await make())).rejects.toThrow(why);
});

test("a message under another key, and one that was altered at any place, is refused", async () => {
  const { text } = await sealMessage(message(), alice, epoch);
  await expect(read(text, carried, new Uint8Array(32))).rejects.toThrow("this key");
  const parts = text.split(".");
  for (const [i, part] of parts.entries()) {
    const other = part.at(3) === "A" ? "B" : "A";
    const altered = parts.with(i, part.slice(0, 3) + other + part.slice(4)).join(".");
    await expect(read(altered)).rejects.toThrow();
  }
});
