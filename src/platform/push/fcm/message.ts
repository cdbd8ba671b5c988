import type { AndroidConfig, ApnsConfig, Aps, TokenMessage, WebpushConfig } from "firebase-admin/messaging";

import { fit } from "../fit.ts";
import type { Content, DeviceKeys, Push } from "../push.ts";

/** Encrypts for a device (RFC 8188, 8291). */
export type Encrypt = (keys: DeviceKeys, plain: Uint8Array) => Buffer;

/** FCM and Apple take 4096 bytes; the rest is for what is around texts and data, and what FCM adds for Apple. */
const mostBytes = 4096 - 400;
/** What encryption adds: header, key, padding and tag. */
const encryptionBytes = 103;

/**
 * What FCM gets for a push; undefined where nothing may be sent: browsers punish pushes that show nothing.
 *
 * Apps find the content in `data`, whose values are strings: numbers in decimal, lists as JSON, as FCM has no other kind. A
 * device with keys finds it in `data.encrypted` (base64url, aes128gcm, JSON as in push.ts), and Google reads only when to
 * deliver it, and that there is something to show.
 */
export function fcmMessage(push: Push, encrypt: Encrypt, now: number): TokenMessage | undefined {
  const { address, platform, keys } = push.target;
  const content = fit(push.content, mostBytes, keys ? encryptedSize : clearSize);
  const isShown = "title" in content;
  if (platform === "web" && !isShown) return undefined;
  const fitted = { ...push, content };
  const isFor = (one: typeof platform) => platform === one || platform === null;
  return {
    token: address,
    data: keys ? { encrypted: encrypt(keys, toBytes(content)).toString("base64url") } : toStrings(content),
    ...(isFor("android") && { android: forAndroid(fitted) }),
    ...(isFor("ios") && { apns: forApple(fitted, now) }),
    ...(isFor("web") && isShown && { webpush: forBrowser(fitted) }),
  };
}

/**
 * For a phone that is not reached FCM keeps data under four collapse keys at most, and of what Android itself shows only the
 * app's latest: there the key is always the app.
 */
function forAndroid({ target, content, topic, ttlSeconds }: Push): AndroidConfig {
  const isShown = "title" in content;
  const config: AndroidConfig = {
    priority: isShown ? "high" : "normal",
    ttl: ttlSeconds * 1000,
    collapseKey: topic,
  };
  if (target.keys || !isShown) return config;
  const { title, body } = content;
  // Launchers add up the counts of an app's notifications.
  const count = "count" in content ? content.count : undefined;
  return {
    ...config,
    notification: { tag: topic, title, body, ...(count !== undefined && { notificationCount: count }) },
  };
}

function forApple({ target, content, topic, ttlSeconds }: Push, now: number): ApnsConfig {
  const isSilent = !("title" in content) && target.keys !== null;
  return {
    headers: {
      "apns-priority": "title" in content ? "10" : "5",
      "apns-push-type": isSilent ? "background" : "alert",
      "apns-collapse-id": topic,
      "apns-expiration": String(Math.floor(now / 1000) + ttlSeconds),
    },
    payload: { aps: aps(content, topic, target.keys !== null) },
  };
}

/**
 * With keys, an app's notification service extension writes the decrypted text over the fixed one. Only the app itself can
 * close what is shown, and iOS wakes it for that when it likes; the badge alone needs no app, but is no background push.
 */
function aps(content: Content, topic: string, isEncrypted: boolean): Aps {
  const badge = !isEncrypted && "unread_messages" in content ? { badge: content.unread_messages } : {};
  if (!("title" in content)) {
    return { ...badge, ...((isEncrypted || content.type === "read") && { contentAvailable: true }) };
  }
  const { title, body } = content;
  const alert = isEncrypted ? { body: "New message" } : { title, body };
  return { alert, ...badge, sound: "default", threadId: topic, mutableContent: true };
}

function forBrowser({ target, content, topic, ttlSeconds }: Push): WebpushConfig {
  const headers = { TTL: String(ttlSeconds), Urgency: "high", Topic: topic };
  if (target.keys || !("title" in content)) return { headers };
  const { title, body } = content;
  return { headers, notification: { title, body, tag: topic } };
}

function toStrings(content: Content): Record<string, string> {
  const given = Object.entries(content).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    given.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

/** The texts are in the data and in what the system shows. */
function clearSize(content: Content): number {
  const texts = "title" in content ? [content.title, content.body] : [];
  return toBytes(toStrings(content)).length + toBytes(texts).length;
}

function encryptedSize(content: Content): number {
  return Math.ceil(((toBytes(content).length + encryptionBytes) * 4) / 3);
}

function toBytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
