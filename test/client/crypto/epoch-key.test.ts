import { expect, test } from "bun:test";
import { importJWK } from "jose";

import { encloseEpochKey, makeEpochKey, openEpochKey } from "../../../src/client/sdk/crypto/epoch-key.ts";
import {
  readAnnouncement,
  readEnvelope,
  requireRecipients,
  requireRoster,
  rosterHash,
} from "../../../src/e2ee/epochs.ts";
import { iss, makePair, type Pair, sign } from "../../support/e2ee/people.ts";

const place = { chat: 7, n: 2, ann: "A".repeat(43) };
const [alice, bob, eve] = await Promise.all([1, 2, 3].map(() => makePair("RSA-OAEP-256")));
const publicOf = async ({ kid, jwk }: Pair) => ({
  kid,
  publicKey: (await importJWK(jwk, "RSA-OAEP-256")) as CryptoKey,
});
const enclosed = async (epoch: Awaited<ReturnType<typeof makeEpochKey>>, ...pairs: (Pair | undefined)[]) =>
  encloseEpochKey(epoch, place, await Promise.all(pairs.map((one) => publicOf(one!))));

test("each of those whom it is for opens the same key, and nobody else", async () => {
  const epoch = await makeEpochKey();
  const envelope = await enclosed(epoch, alice, bob);
  for (const one of [alice, bob]) {
    expect(await openEpochKey(envelope, { ...place, kid: epoch.kid }, one!)).toEqual(epoch);
  }
  await expect(openEpochKey(envelope, { ...place, kid: epoch.kid }, eve!)).rejects.toThrow(
    "not encrypted for",
  );
  const stolen = { ...eve!, kid: alice!.kid };
  await expect(openEpochKey(envelope, { ...place, kid: epoch.kid }, stolen)).rejects.toThrow("does not open");
});

test("another key than was announced is refused, and so is one of another chat, epoch or announcement", async () => {
  const [epoch, other] = [await makeEpochKey(), await makeEpochKey()];
  const envelope = await enclosed(other, alice, bob);
  await expect(openEpochKey(envelope, { ...place, kid: epoch.kid }, alice!)).rejects.toThrow("another key");
  for (const changed of [{ chat: 8 }, { n: 3 }, { ann: "B".repeat(43) }]) {
    const where = { ...place, kid: other.kid, ...changed };
    await expect(openEpochKey(envelope, where, alice!)).rejects.toThrow(`its ${Object.keys(changed)[0]}`);
  }
});

test("an envelope is read as strictly as two sides have to agree", async () => {
  const envelope = await enclosed(await makeEpochKey(), alice, bob);
  const { recipients } = readEnvelope(envelope, place);
  expect([...recipients.keys()]).toEqual([alice!.kid, bob!.kid]);
  const change = (edit: (whole: any) => void) => {
    const whole = JSON.parse(envelope);
    edit(whole);
    return () => readEnvelope(JSON.stringify(whole), place);
  };
  expect(change((one) => one.recipients.push(one.recipients[0]))).toThrow("twice");
  expect(change((one) => (one.recipients[1].header.alg = "RSA1_5"))).toThrow("alg");
  expect(change((one) => (one.recipients[1].header.jku = "x"))).toThrow("jku");
  expect(change((one) => (one.recipients = []))).toThrow("recipients");
  expect(change((one) => (one.aad = "x"))).toThrow("aad");
  expect(change((one) => (one.unprotected = {}))).toThrow("unprotected");
  expect(change((one) => (one.iv = `${one.iv.slice(0, -1)}=`))).toThrow("iv");
  expect(() => readEnvelope(envelope.replace("{", "{ "), place)).toThrow("JSON");
  const roster = [alice, bob].map((one, i) => ({ user: i + 1, ikKid: "I".repeat(43), ekKid: one!.kid }));
  requireRecipients(recipients, roster);
  expect(() => requireRecipients(recipients, roster.slice(1))).toThrow("exactly");
  expect(() => requireRecipients(recipients, roster.with(1, { ...roster[1]!, ekKid: eve!.kid }))).toThrow(
    "exactly",
  );
});

test("an announcement is for one roster, one state of the membership and one place in the chain", async () => {
  const ik = await makePair("ES256");
  const roster = [{ user: 1, ikKid: ik.kid, ekKid: alice!.kid }];
  const membership = { m: 4, hash: "M".repeat(43) };
  const before = { n: 1, hash: "P".repeat(43) };
  const good = {
    v: 1,
    iss,
    chat: 7,
    n: 2,
    prev: before.hash,
    kid: "K".repeat(43),
    m: 4,
    members: membership.hash,
    roster: await rosterHash(roster),
    by: 1,
    by_kid: ik.kid,
    reason: "membership",
    iat: 1_800_000_000,
  };
  const read = async (payload: object, by = ik) =>
    readAnnouncement(await sign(payload, by, "chat-epoch+jws"), { iss, chat: 7, before, membership, roster });
  expect((await read(good)).payload.n).toBe(2);
  const other = { ...roster[0]!, user: 2 };
  const refused: [why: string, code: string, change: object][] = [
    ["the epoch before it", "epoch_conflict", { n: 3 }],
    ["the epoch before it", "epoch_conflict", { prev: "Q".repeat(43) }],
    ["another state", "roster_mismatch", { m: 3 }],
    ["another state", "roster_mismatch", { members: "N".repeat(43) }],
    ["its roster", "roster_mismatch", { roster: await rosterHash([...roster, other]) }],
    ["its chat", "bad_object", { chat: 8 }],
    ["its iss", "bad_object", { iss: "BBECAwQFBgcICQoLDA0ODw" }],
    ["its reason", "bad_object", { reason: "because" }],
    ["not in it", "bad_object", { by: 2 }],
  ];
  for (const [why, code, change] of refused) {
    const error = await read({ ...good, ...change }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: expect.stringContaining(why), code });
  }
  await expect(read(good, await makePair("ES256"))).rejects.toThrow("somebody else");
});

test("a roster has one hash, whatever the order in which it is given", async () => {
  const rows = [1, 2, 10].map((user) => ({
    user,
    ikKid: "I".repeat(43),
    ekKid: `${user}`.repeat(43).slice(0, 43),
  }));
  expect(await rosterHash(rows.toReversed())).toBe(await rosterHash(rows));
  expect(await rosterHash(rows.slice(1))).not.toBe(await rosterHash(rows));
});

test("a roster is of those in the chain, by their identities; who was out needs a step that lets them in", () => {
  const kid = (letter: string) => letter.repeat(43);
  const row = (user: number, letter: string) => ({ user, ikKid: kid(letter), ekKid: kid(`${user}`) });
  const member = (letter: string, since: number) => ({ ikKid: kid(letter), role: "member" as const, since });
  const members = new Map([
    [1, member("A", 1)],
    [2, member("B", 1)],
    [3, member("C", 5)],
  ]);
  const isSame = (_: number, one: string, other: string) => one === other;
  const require = (rows: ReturnType<typeof row>[], before?: { m: number; users: Set<number> }) => () =>
    requireRoster(rows, { members }, before, isSame);
  const all = [row(1, "A"), row(2, "B"), row(3, "C")];
  require(all)();
  require(all.slice(1))();
  require(all, { m: 4, users: new Set([1, 2]) })();
  expect(require([...all, row(4, "D")])).toThrow("not in the chat");
  expect(require(all.with(1, row(2, "X")))).toThrow("another identity");
  expect(require([...all, { ...row(3, "C"), ekKid: kid("9") }])).toThrow("in it twice");
  expect(require(all.with(1, { ...row(2, "B"), ekKid: kid("1") }))).toThrow("two people by one key");
  // Two was out of the epoch before, by an account that was closed, or a reset.
  expect(require(all, { m: 4, users: new Set([1]) })).toThrow("let in again");
  expect(require(all, { m: 5, users: new Set([1, 2]) })).toThrow("let in again");
});
