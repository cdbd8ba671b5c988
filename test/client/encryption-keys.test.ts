/** One's own keys by the client library: made, unlocked, replaced, on several devices and over bad lines. */
import { expect, setDefaultTimeout, test } from "bun:test";

import { connect, memoryStore } from "../../src/client/sdk/index.ts";
import { fetchBy, opened, sees } from "../support/client.ts";
import { ManualClock } from "../support/clock.ts";
import { Keeper } from "../support/e2ee/people.ts";
import { publish } from "../support/e2ee/published.ts";
import { Liar, lookedAt, losingAnswer, problems, shownOf, withKeys } from "../support/e2ee/session.ts";
import { password, TestServer } from "../support/server.ts";
import { shared } from "../support/shared.ts";

// Passphrases are slow on purpose.
setDefaultTimeout(30_000);

const server = await shared();
const passphrase = "tea at six, as ever";

const stateOf = (session: { encryption: { state: { value: string } } }) => session.encryption.state.value;
const keysOf = async (person: { get(path: string): Promise<any> }) =>
  (await person.get("/api/encryption/public-key")).body;

test("whoever has no keys makes some, and a second device has them by the recovery key", async () => {
  const [alice] = await server.people("alice");
  await using first = await lookedAt(server.url, alice);
  expect(stateOf(first)).toBe("none");
  const { recoveryKey } = await first.encryption.setUp();
  expect(recoveryKey).toMatch(/^([0-9A-Z]{4}-){6}[0-9A-Z]{4}$/);
  expect(stateOf(first)).toBe("ready");
  expect(await keysOf(alice)).toMatchObject({ custody: "client", confirmed: true, seq: 1 });
  await using second = await lookedAt(server.url, alice);
  expect(stateOf(second)).toBe("locked");
  await expect(second.encryption.setUp()).rejects.toMatchObject({ code: "keys_exist" });
  const wrong = recoveryKey.replace(/^./, (one) => (one === "A" ? "B" : "A"));
  await expect(second.encryption.unlock({ recoveryKey: wrong })).rejects.toMatchObject({
    code: "wrong_recovery_key",
    message: "This recovery key has a mistake. Look at each symbol.",
  });
  await second.encryption.unlock({ recoveryKey: recoveryKey.toLowerCase().replaceAll("-", " ") });
  expect(stateOf(second)).toBe("ready");
  expect(second.encryption.problems.value).toEqual([]);
});

test("a device that was unlocked has its keys again without a network, and none after signing out", async () => {
  const [alice] = await server.people("alice");
  const store = memoryStore();
  const { session } = await withKeys(server.url, alice, { store });
  await session.close();
  const environment = { fetch: fetchBy(() => Promise.reject(new TypeError("offline"))) };
  await using offline = await opened(server.url, undefined, { store, environment });
  await sees(() => stateOf(offline) === "ready");
  await offline.close();
  await using again = await lookedAt(server.url, undefined, { store });
  await sees(() => stateOf(again) === "ready");
  await again.signOut();
  expect(await store.secret()).toBeUndefined();
});

test("whoever never uses encryption keeps nothing of it", async () => {
  const [alice] = await server.people("alice");
  const store = memoryStore();
  await using hers = await lookedAt(server.url, alice, { store });
  expect(stateOf(hers)).toBe("none");
  expect(await store.secret()).toBeUndefined();
});

test("by a passphrase, which needs the password again after ten minutes", async () => {
  const clock = new ManualClock();
  await using timed = await TestServer.start({ clock });
  const alice = await timed.register("alice");
  await using first = await lookedAt(timed.url, alice);
  await first.encryption.setUp({ passphrase });
  await using second = await lookedAt(timed.url, alice);
  clock.turn(11 * 60_000);
  const early = second.encryption.unlock({ passphrase });
  await expect(early).rejects.toMatchObject({ code: "password_needed" });
  const wrongPassword = second.encryption.unlock({ passphrase, password: "not this one" });
  await expect(wrongPassword).rejects.toMatchObject({ code: "wrong_password" });
  await second.encryption.unlock({ passphrase, password });
  await second.encryption.newRecoveryKey();
  await using third = await lookedAt(timed.url, alice);
  const wrong = third.encryption.unlock({ passphrase: "another one, quite long" });
  await expect(wrong).rejects.toMatchObject({ code: "wrong_passphrase" });
  await third.encryption.unlock({ passphrase });
  expect([stateOf(second), stateOf(third)]).toEqual(["ready", "ready"]);
});

test("a passphrase is given, changed and taken away, and the recovery key stays", async () => {
  const [alice] = await server.people("alice");
  const { session: first, recoveryKey } = await withKeys(server.url, alice);
  await using _ = first;
  await first.encryption.setPassphrase({ passphrase, password });
  await first.encryption.setPassphrase({ passphrase: "another one, quite long", password });
  await using second = await lookedAt(server.url, alice);
  await expect(second.encryption.unlock({ passphrase })).rejects.toMatchObject({ code: "wrong_passphrase" });
  await first.encryption.setPassphrase({ passphrase: undefined, password });
  const gone = second.encryption.unlock({ passphrase: "another one, quite long" });
  await expect(gone).rejects.toMatchObject({ code: "wrong_passphrase" });
  await second.encryption.unlock({ recoveryKey });
  expect(stateOf(second)).toBe("ready");
});

test("another recovery key takes the place of the one of before, and the passphrase stays", async () => {
  const [alice] = await server.people("alice");
  await using first = await lookedAt(server.url, alice);
  const { recoveryKey: old } = await first.encryption.setUp({ passphrase });
  const { recoveryKey } = await first.encryption.newRecoveryKey();
  await using second = await lookedAt(server.url, alice);
  await expect(second.encryption.unlock({ recoveryKey: old })).rejects.toMatchObject({
    code: "wrong_recovery_key",
  });
  await second.encryption.unlock({ recoveryKey });
  await using third = await lookedAt(server.url, alice);
  await third.encryption.unlock({ passphrase });
  expect([stateOf(second), stateOf(third)]).toEqual(["ready", "ready"]);
});

test("the answer to setUp is lost: asked again, it has the same keys and a recovery key that works", async () => {
  const [alice] = await server.people("alice");
  const environment = losingAnswer("/generate-keys")!;
  await using first = await lookedAt(server.url, alice, { environment });
  await expect(first.encryption.setUp()).rejects.toMatchObject({ code: "no_answer" });
  const { kid } = await keysOf(alice);
  const { recoveryKey } = await first.encryption.setUp();
  expect(await keysOf(alice)).toMatchObject({ kid, seq: 1 });
  expect(first.encryption.problems.value).toEqual([]);
  await using second = await lookedAt(server.url, alice);
  await second.encryption.unlock({ recoveryKey });
});

test("the answer to setUp is lost and the program ends: the next one has the keys, and asks for a recovery key", async () => {
  const [alice] = await server.people("alice");
  const store = memoryStore();
  const environment = losingAnswer("/generate-keys")!;
  await using first = await lookedAt(server.url, alice, { store, environment });
  await expect(first.encryption.setUp()).rejects.toMatchObject({ code: "no_answer" });
  await first.close();
  await using again = await lookedAt(server.url, undefined, { store });
  await sees(() => stateOf(again) === "ready");
  expect(problems(again)).toEqual(["recovery_key_unseen"]);
  const { recoveryKey } = await again.encryption.newRecoveryKey();
  expect(problems(again)).toEqual([]);
  await using second = await lookedAt(server.url, alice);
  await second.encryption.unlock({ recoveryKey });
});

test("two devices set up at once: one has the keys, the other one unlocks them", async () => {
  const [alice] = await server.people("alice");
  await using first = await lookedAt(server.url, alice);
  await using second = await lookedAt(server.url, alice);
  const results = await Promise.allSettled([first.encryption.setUp(), second.encryption.setUp()]);
  const [won] = results.filter((one) => one.status === "fulfilled");
  const [lost] = results.filter((one) => one.status === "rejected");
  expect(lost?.reason).toMatchObject({ code: "keys_exist" });
  const other = results[0] === won ? second : first;
  await other.encryption.unlock({ recoveryKey: won!.value.recoveryKey });
  expect([stateOf(first), stateOf(second)]).toEqual(["ready", "ready"]);
});

test("one device rotates while the other is away: it has the new key when it comes back, and no alarm", async () => {
  const [alice] = await server.people("alice");
  const { session: first, recoveryKey } = await withKeys(server.url, alice);
  await using _ = first;
  const store = memoryStore();
  const second = await lookedAt(server.url, alice, { store });
  await second.encryption.unlock({ recoveryKey });
  await second.close();
  const before = await keysOf(alice);
  await first.encryption.rotate({ password });
  const after = await keysOf(alice);
  expect([after.seq, after.kid === before.kid, after.fingerprint]).toEqual([2, false, before.fingerprint]);
  await using back = await lookedAt(server.url, undefined, { store });
  const part = await back.encryption.part();
  await part.look();
  expect([stateOf(back), problems(back)]).toEqual(["ready", []]);
  const { eks } = await part.own();
  expect([...eks.keys()].toSorted()).toEqual([before.kid, after.kid].toSorted());
  // A wrong password changes nothing.
  await expect(back.encryption.rotate({ password: "not this one" })).rejects.toMatchObject({
    code: "wrong_password",
  });
  expect((await keysOf(alice)).seq).toBe(2);
});

test("the answer to rotate is lost: nobody is locked out", async () => {
  const [alice] = await server.people("alice");
  const store = memoryStore();
  const { session: setting } = await withKeys(server.url, alice, { store });
  await setting.close();
  const environment = losingAnswer("/public-key")!;
  await using first = await lookedAt(server.url, undefined, { store, environment });
  await expect(first.encryption.rotate({ password })).rejects.toMatchObject({ code: "no_answer" });
  expect((await keysOf(alice)).seq).toBe(2);
  await (await first.encryption.part()).look();
  expect([stateOf(first), problems(first)]).toEqual(["ready", []]);
});

test("a device dies in the middle of a rotation: the recovery key still opens everything", async () => {
  const [alice] = await server.people("alice");
  const store = memoryStore();
  const { session: setting, recoveryKey } = await withKeys(server.url, alice, { store });
  await setting.close();
  let isDead = false;
  const fetchUntilDead = fetchBy((input, init) => {
    const dying = () => Promise.reject(new TypeError("the battery is empty"));
    if (isDead) return dying();
    isDead = init?.method === "PUT" && String(input).endsWith("/public-key");
    return isDead ? fetch(input, init).then(dying) : undefined;
  });
  await using first = await lookedAt(server.url, undefined, {
    store,
    environment: { fetch: fetchUntilDead },
  });
  await expect(first.encryption.rotate({ password })).rejects.toMatchObject({ code: "no_answer" });
  expect((await keysOf(alice)).seq).toBe(2);
  await using second = await lookedAt(server.url, alice);
  await second.encryption.unlock({ recoveryKey });
  expect(stateOf(second)).toBe("ready");
});

test("after a theft all keys are renewed: the old recovery key opens nothing, and the other device says what to do", async () => {
  const [alice] = await server.people("alice");
  const { session: first, recoveryKey: old } = await withKeys(server.url, alice);
  await using _ = first;
  await using second = await lookedAt(server.url, alice);
  await second.encryption.unlock({ recoveryKey: old });
  const before = await keysOf(alice);
  const { recoveryKey } = await first.encryption.renew({ password });
  const after = await keysOf(alice);
  expect([after.seq, after.kid === before.kid, after.fingerprint === before.fingerprint]).toEqual([
    2,
    false,
    false,
  ]);
  expect([stateOf(first), problems(first)]).toEqual(["ready", []]);
  await sees(() => stateOf(second) === "locked");
  expect(problems(second)).toEqual(["own_keys_renewed"]);
  await expect(second.encryption.unlock({ recoveryKey: old })).rejects.toMatchObject({
    code: "wrong_recovery_key",
  });
  await second.encryption.unlock({ recoveryKey });
  expect([stateOf(second), problems(second)]).toEqual(["ready", []]);
});

test("a look in the middle of another device's change is no alarm", async () => {
  const [alice] = await server.people("alice");
  const { session: first, recoveryKey } = await withKeys(server.url, alice);
  await using _ = first;
  const liar = new Liar();
  await using second = await lookedAt(server.url, alice, { environment: liar.environment });
  await second.encryption.unlock({ recoveryKey });
  // Of before the change, once; the keychain is that of after it.
  const before = (await alice.get("/api/encryption/public-key?log=1")).body;
  let isFirst = true;
  liar.lie("GET /api/encryption/public-key", (honest) => {
    if (honest.seq === 1 || !isFirst) return honest;
    isFirst = false;
    return before;
  });
  const states: string[] = [];
  const stop = second.encryption.state.subscribe((state) => states.push(state));
  await first.encryption.renew({ password });
  await sees(() => stateOf(second) === "locked");
  stop();
  expect([isFirst, states, problems(second)]).toEqual([false, ["ready", "locked"], ["own_keys_renewed"]]);
});

test("the answer of the keychain is lost while keys are renewed: this device still has it, and asks for a recovery key", async () => {
  const [alice] = await server.people("alice");
  const store = memoryStore();
  const { session: setting } = await withKeys(server.url, alice, { store });
  await setting.close();
  const environment = losingAnswer("/keychain")!;
  await using first = await lookedAt(server.url, undefined, { store, environment });
  await expect(first.encryption.renew({ password })).rejects.toMatchObject({ code: "no_answer" });
  await (await first.encryption.part()).look();
  expect([stateOf(first), problems(first)]).toEqual(["ready", ["recovery_key_unseen"]]);
  await first.encryption.renew({ password });
  expect([stateOf(first), problems(first)]).toEqual(["ready", []]);
});

test("all is lost: a reset with the password, and the device that still had the keys is told", async () => {
  const [alice] = await server.people("alice");
  const { session: first } = await withKeys(server.url, alice);
  await using _ = first;
  await using second = await lookedAt(server.url, alice);
  const wrong = second.encryption.reset({ password: "not this one" });
  await expect(wrong).rejects.toMatchObject({ code: "wrong_password" });
  const { recoveryKey } = await second.encryption.reset({ password });
  expect(stateOf(second)).toBe("ready");
  expect((await keysOf(alice)).seq).toBe(2);
  await sees(() => stateOf(first) === "changed");
  expect(problems(first)).toEqual(["own_keys_changed"]);
  await expect(first.encryption.rotate({ password })).rejects.toMatchObject({ code: "keys_changed" });
  await first.encryption.unlock({ recoveryKey });
  expect([stateOf(first), problems(first)]).toEqual(["ready", []]);
  // What only this device had left is not lost.
  expect((await (await first.encryption.part()).own()).eks.size).toBe(2);
});

test("what two devices change at once is in the keychain of both", async () => {
  const [alice, bob, carol] = await server.people("alice", "bob", "carol");
  const { session: first, recoveryKey } = await withKeys(server.url, alice);
  const { session: his } = await withKeys(server.url, bob);
  const { session: hers } = await withKeys(server.url, carol);
  await Promise.all([his.close(), hers.close()]);
  await using _ = first;
  await using second = await lookedAt(server.url, alice);
  await second.encryption.unlock({ recoveryKey });
  const create = "A".repeat(43);
  const verify = async (session: typeof first, { id }: { id: number }) =>
    session.encryption.verify(id, await session.encryption.safetyNumber(id));
  await Promise.all([
    verify(first, bob),
    verify(second, carol),
    first.encryption.part().then((part) => part.rememberChat(7, { create, m: 3, n: 1 })),
    second.encryption.part().then((part) => part.rememberChat(7, { create, m: 2, n: 4 })),
  ]);
  for (const one of [first, second]) {
    const part = await one.encryption.part();
    await part.look();
    expect(await part.knownChat(7)).toEqual({ create, m: 3, n: 4 });
    const people = await one.encryption.people([bob.id, carol.id]);
    expect(people.map((person) => person.is_verified)).toEqual([true, true]);
  }
  const part = await first.encryption.part();
  await expect(part.rememberChat(7, { create: "B".repeat(43), m: 4, n: 4 })).rejects.toMatchObject({
    code: "keys_changed",
  });
});

test("what one device has verified anew the others take over, and what two see otherwise is verified no more", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const { session: his } = await withKeys(server.url, bob);
  await using _ = his;
  const { session: first, recoveryKey } = await withKeys(server.url, alice);
  await using __ = first;
  await first.encryption.people([bob.id]);
  const liar = new Liar();
  await using second = await lookedAt(server.url, alice, { environment: liar.environment });
  await second.encryption.unlock({ recoveryKey });
  await his.encryption.reset({ password });
  await first.encryption.verify(bob.id, await first.encryption.safetyNumber(bob.id));
  await (await second.encryption.part()).look();
  const verifiedBy = async (session: typeof first) =>
    (await session.encryption.people([bob.id]))[0]?.is_verified;
  expect([await verifiedBy(second), problems(second)]).toEqual([true, []]);
  // Carol is somebody else to each of the two.
  const [carol] = await server.people("carol");
  const keeper = await publish(server, carol);
  const other = shownOf(await Keeper.make(carol.id, keeper.iss));
  liar.show(keeper, () => other);
  await first.encryption.verify(carol.id, await first.encryption.safetyNumber(carol.id));
  await second.encryption.people([carol.id]);
  await (await first.encryption.part()).look();
  const [hers] = await first.encryption.people([carol.id]);
  expect([hers?.is_verified, hers?.fingerprint]).toEqual([false, keeper.ik.kid]);
  liar.beHonest();
  await second.encryption.people([carol.id]);
  expect(problems(second)).toEqual(["swapped"]);
});

test("oneself is among those looked at, and another identity of one's own is no surprise", async () => {
  const [alice] = await server.people("alice");
  const { session } = await withKeys(server.url, alice);
  await using _ = session;
  const own = async () => (await session.encryption.people([alice.id]))[0]?.fingerprint;
  const before = await own();
  await session.encryption.reset({ password });
  expect(await own()).not.toBe(before);
  expect([stateOf(session), problems(session)]).toEqual(["ready", []]);
});

test("nothing secret is in what is shown, nor in errors", async () => {
  const [alice] = await server.people("alice");
  const store = memoryStore();
  const { session, recoveryKey } = await withKeys(server.url, alice, { store });
  await using _ = session;
  const { device } = JSON.parse((await store.secret())!);
  const { state, custody, problems: shown } = session.encryption;
  const seen = JSON.stringify([state.value, custody.value, shown.value]) + server.log.join("\n");
  for (const secret of [device.key, device.local.ik[0].d, device.local.ek[0].d, recoveryKey])
    expect(seen).not.toContain(secret);
  expect(await store.secret()).not.toContain(recoveryKey);
});

test("whoever registers by the library gets no keys of the server; such keys are taken over", async () => {
  await using making = await TestServer.start({ config: { e2eeServerCrypto: "on" } });
  const register = { username: "carol", email: "carol@example.org", password };
  const hers = await connect(making.url, { register });
  await hers.live();
  await sees(() => stateOf(hers) === "none");
  await hers.close();
  // With a program that makes none.
  const dave = await making.register("dave");
  const { recovery_key } = dave.signedIn.encryption;
  await using his = await lookedAt(making.url, dave);
  expect(stateOf(his)).toBe("unconfirmed");
  await his.encryption.unlock({ recoveryKey: recovery_key });
  expect([stateOf(his), his.encryption.custody.value]).toEqual(["ready", "server"]);
  const before = await keysOf(dave);
  expect(before.confirmed).toBe(true);
  await expect(his.encryption.renew({ password })).rejects.toMatchObject({ code: "keys_by_server" });
  const { recoveryKey } = await his.encryption.reset({ password });
  const after = await keysOf(dave);
  expect([after.custody, after.kid === before.kid, after.fingerprint === before.fingerprint]).toEqual([
    "client",
    false,
    false,
  ]);
  expect(his.encryption.custody.value).toBe("client");
  const part = await his.encryption.part();
  expect([...(await part.own()).eks.keys()]).toContain(before.kid);
  await using second = await lookedAt(making.url, dave);
  const old = second.encryption.unlock({ recoveryKey: recovery_key });
  await expect(old).rejects.toMatchObject({ code: "wrong_recovery_key" });
  await second.encryption.unlock({ recoveryKey });
  // Whoever has never confirmed them needs no password.
  const erin = await making.register("erin");
  await using erins = await lookedAt(making.url, erin);
  expect(stateOf(erins)).toBe("unconfirmed");
  await erins.encryption.setUp();
  expect([stateOf(erins), (await keysOf(erin)).custody]).toEqual(["ready", "client"]);
});
