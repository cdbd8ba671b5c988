import { expect, test } from "bun:test";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";

import { VapidError } from "../../src/platform/push/web-push/vapid-key.ts";
import type { WebPushOptions } from "../../src/platform/push/web-push/open.ts";
import { PushService } from "../support/push-service.ts";
import { openBoth, OpenedWebPush, sendOne } from "../support/web-push.ts";

const hour = 3600_000;

/** The sentence that the start is refused with. */
async function refusal(opened: OpenedWebPush, more?: Partial<WebPushOptions>): Promise<string> {
  const error: unknown = await opened.open(more).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(VapidError);
  return (error as Error).message;
}

test("a key is made at the first start and kept where only this system user can read it", async () => {
  using opened = new OpenedWebPush();
  const { publicKey } = await opened.open();
  const point = Buffer.from(publicKey, "base64url");
  expect([point.length, point[0]]).toEqual([65, 4]);
  expect(statSync(opened.keyFile).mode & 0o777).toBe(0o600);
  expect(opened.made).toEqual([opened.keyFile]);

  expect((await opened.open()).publicKey).toBe(publicKey);
  expect(opened.made).toHaveLength(1);
  using other = new OpenedWebPush();
  expect((await other.open()).publicKey).not.toBe(publicKey);
});

test("a key that others can read is refused", async () => {
  using opened = new OpenedWebPush();
  await opened.open();
  for (const mode of [0o640, 0o604, 0o644]) {
    chmodSync(opened.keyFile, mode);
    expect(await refusal(opened)).toBe(`${opened.keyFile} can be read by others: set its mode to 0600.`);
  }
});

test("a damaged key is refused, and not replaced", async () => {
  using opened = new OpenedWebPush();
  await opened.open();
  const whole = readFileSync(opened.keyFile, "utf8");
  const rsa = await crypto.subtle.generateKey(
    { name: "RSA-PSS", modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: "SHA-256" },
    true,
    ["sign"],
  );
  const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", rsa.privateKey)).toString("base64");
  const anotherKind = `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`;
  for (const content of ["", "nonsense", whole.slice(0, 100), whole.replace("M", "N"), anotherKind]) {
    writeFileSync(opened.keyFile, content);
    expect(await refusal(opened)).toStartWith(`${opened.keyFile} is damaged: `);
    expect(readFileSync(opened.keyFile, "utf8")).toBe(content);
  }
});

test("the contact is PUSH_CONTACT, else an https PUBLIC_URL, else nobody", async () => {
  const subjects = [
    {
      contact: "mailto:you@example.org",
      publicUrl: "https://chat.example.org",
      sub: "mailto:you@example.org",
    },
    { contact: "https://example.org/contact", publicUrl: "", sub: "https://example.org/contact" },
    { contact: "", publicUrl: "https://chat.example.org", sub: "https://chat.example.org" },
    { contact: "", publicUrl: "http://localhost:8000", sub: undefined },
    { contact: "", publicUrl: "", sub: undefined },
  ];
  for (const { sub, ...more } of subjects) {
    await using both = await openBoth(more);
    const device = await both.service.subscribe();
    expect(await sendOne(both.webPush, device)).toEqual({ status: "accepted" });
    expect((await device.next()).vapid.sub).toBe(sub);
  }
});

test("a contact that push services would refuse stops the start", async () => {
  using opened = new OpenedWebPush();
  for (const contact of [
    "you@example.org",
    "mailto:",
    "mailto:<you@example.org>",
    "http://example.org",
    "me",
  ]) {
    expect(await refusal(opened, { contact })).toMatch(/^PUSH_CONTACT must be [^]+\.$/);
  }
});

test("a token serves for hours, for one push service, and never longer than a day", async () => {
  await using both = await openBoth();
  const { clock, service, webPush } = both;
  const device = await service.subscribe(webPush.publicKey);
  const expires = async () => {
    expect(await sendOne(webPush, device)).toEqual({ status: "accepted" });
    return (await device.next()).vapid.exp;
  };
  const first = await expires();
  clock.turn(5 * hour);
  expect(await expires()).toBe(first);
  clock.turn(2 * hour);
  expect(await expires()).toBeGreaterThan(first);
  clock.set(-48 * hour);
  expect(await expires()).toBeLessThan(first);
  clock.set(48 * hour);
  expect(await expires()).toBeGreaterThan(first);

  await using elsewhere = await PushService.start({ clock, host: service.host });
  const there = await elsewhere.subscribe(webPush.publicKey);
  expect(await sendOne(webPush, there)).toEqual({ status: "accepted" });
  expect((await there.next()).vapid.aud).toBe(elsewhere.origin);
});

test("a subscription of another server's key is refused in words that help", async () => {
  await using both = await openBoth();
  using other = new OpenedWebPush();
  const device = await both.service.subscribe((await other.open()).publicKey);
  const outcome = await sendOne(both.webPush, device);
  expect(outcome).toMatchObject({ status: "refused", detail: expect.stringContaining("vapid.key") });
  expect(both.service.refusals).toEqual(["another server's key"]);
});
