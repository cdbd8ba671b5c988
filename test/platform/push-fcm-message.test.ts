import { expect, test } from "bun:test";

import { fcmMessage } from "../../src/platform/push/fcm/message.ts";
import type { Content, DeviceKeys, Push } from "../../src/platform/push/push.ts";

const message: Content = {
  type: "message",
  title: "Ada",
  body: "Hello",
  chat_id: 7,
  message_id: 41,
  notification_id: undefined,
  count: 2,
  unread_messages: 3,
  read_chat_ids: [5, 6],
};
const messageData = {
  type: "message",
  title: "Ada",
  body: "Hello",
  chat_id: "7",
  message_id: "41",
  count: "2",
  unread_messages: "3",
  read_chat_ids: "[5,6]",
};
const read: Content = { type: "read", chat_id: 7, unread_messages: 1 };
const readData = { type: "read", chat_id: "7", unread_messages: "1" };
const badge: Content = { type: "badge", unread_messages: 1 };
const badgeData = { type: "badge", unread_messages: "1" };
const trial: Content = { type: "test", title: "Test", body: "It works." };

const loudAndroid = { priority: "high" as const, ttl: 3_600_000, collapseKey: "t-7" };
const quietAndroid = { priority: "normal" as const, ttl: 3_600_000, collapseKey: "t-7" };
const androidNotification = { tag: "t-7", title: "Ada", body: "Hello", notificationCount: 2 };
const appleHeaders = {
  "apns-priority": "10",
  "apns-push-type": "alert",
  "apns-collapse-id": "t-7",
  "apns-expiration": "1700003600",
};
const appleMessage = {
  headers: appleHeaders,
  payload: {
    aps: {
      alert: { title: "Ada", body: "Hello" },
      badge: 3,
      sound: "default",
      threadId: "t-7",
      mutableContent: true,
    },
  },
};
const quietHeaders = { ...appleHeaders, "apns-priority": "5" };
const appleRead = { headers: quietHeaders, payload: { aps: { badge: 1, contentAvailable: true } } };
const webHeaders = { TTL: "3600", Urgency: "high", Topic: "t-7" };
const webMessage = { headers: webHeaders, notification: { title: "Ada", body: "Hello", tag: "t-7" } };

// For those with keys
const encrypted = (content: object) => ({
  encrypted: Buffer.from(`for device-key: ${JSON.stringify(content)}`).toString("base64url"),
});
const appleHidden = {
  headers: appleHeaders,
  payload: {
    aps: { alert: { body: "New message" }, sound: "default", threadId: "t-7", mutableContent: true },
  },
};
const appleSilent = {
  headers: { ...quietHeaders, "apns-push-type": "background" },
  payload: { aps: { contentAvailable: true } },
};

const keys = { p256dh: "device-key", auth: "secret" };
const encrypt = ({ p256dh }: DeviceKeys, plain: Uint8Array) =>
  Buffer.from(`for ${p256dh}: ${Buffer.from(plain).toString()}`);

function made(platform: Push["target"]["platform"], content: Content, withKeys: DeviceKeys | null) {
  const target = { address: "token", platform, keys: withKeys };
  return fcmMessage({ target, content, topic: "t-7", ttlSeconds: 3600 }, encrypt, 1_700_000_000_500);
}

const clear: [string, Push["target"]["platform"], Content, object | undefined][] = [
  [
    "message",
    "android",
    message,
    { data: messageData, android: { ...loudAndroid, notification: androidNotification } },
  ],
  ["message", "ios", message, { data: messageData, apns: appleMessage }],
  ["message", "web", message, { data: messageData, webpush: webMessage }],
  [
    "message",
    null,
    message,
    {
      data: messageData,
      android: { ...loudAndroid, notification: androidNotification },
      apns: appleMessage,
      webpush: webMessage,
    },
  ],
  ["read", "android", read, { data: readData, android: quietAndroid }],
  ["read", "ios", read, { data: readData, apns: appleRead }],
  ["read", "web", read, undefined],
  ["read", null, read, { data: readData, android: quietAndroid, apns: appleRead }],
  ["badge", "android", badge, { data: badgeData, android: quietAndroid }],
  [
    "badge",
    "ios",
    badge,
    { data: badgeData, apns: { headers: quietHeaders, payload: { aps: { badge: 1 } } } },
  ],
  ["badge", "web", badge, undefined],
  [
    "test",
    "android",
    trial,
    {
      data: { type: "test", title: "Test", body: "It works." },
      android: { ...loudAndroid, notification: { tag: "t-7", title: "Test", body: "It works." } },
    },
  ],
  [
    "test",
    "ios",
    trial,
    {
      data: { type: "test", title: "Test", body: "It works." },
      apns: {
        headers: appleHeaders,
        payload: {
          aps: {
            alert: { title: "Test", body: "It works." },
            sound: "default",
            threadId: "t-7",
            mutableContent: true,
          },
        },
      },
    },
  ],
];

test.each(clear)("%s for %p", (_name, platform, content, expected) => {
  expect(made(platform, content, null)).toStrictEqual(
    expected && { token: "token", ...(expected as object) },
  );
});

const hidden: [string, Push["target"]["platform"], Content, object | undefined][] = [
  ["message", "android", message, { data: encrypted(message), android: loudAndroid }],
  ["message", "ios", message, { data: encrypted(message), apns: appleHidden }],
  ["message", "web", message, { data: encrypted(message), webpush: { headers: webHeaders } }],
  [
    "message",
    null,
    message,
    { data: encrypted(message), android: loudAndroid, apns: appleHidden, webpush: { headers: webHeaders } },
  ],
  ["read", "android", read, { data: encrypted(read), android: quietAndroid }],
  ["read", "ios", read, { data: encrypted(read), apns: appleSilent }],
  ["read", "web", read, undefined],
  ["badge", "ios", badge, { data: encrypted(badge), apns: appleSilent }],
];

test.each(hidden)("%s for %p with keys: Google reads nothing of it", (_name, platform, content, expected) => {
  expect(made(platform, content, keys)).toStrictEqual(
    expected && { token: "token", ...(expected as object) },
  );
});

/** Apps get texts twice, and what is encrypted once but longer. */
test.each([
  ["letters", "a"],
  ["letters of four bytes", "𝒶"],
  ["families, which are seven characters in one", "👨‍👩‍👧‍👦"],
  ["what JSON escapes", '"'],
])("a long text of %s is cut between characters to what FCM takes", (_name, character) => {
  for (const withKeys of [null, keys]) {
    for (const platform of ["android", "ios", "web"] as const) {
      const long = { ...message, body: character.repeat(5000), read_chat_ids: Array(50).fill(123_456_789) };
      let plain = "";
      const built = fcmMessage(
        {
          target: { address: "token", platform, keys: withKeys },
          content: long,
          topic: "t".repeat(32),
          ttlSeconds: 1,
        },
        (_keys, bytes) => {
          plain = Buffer.from(bytes).toString();
          return Buffer.alloc(bytes.length + 103, 1);
        },
        0,
      );
      const { token: _token, ...rest } = built ?? { token: "" };
      expect(Buffer.byteLength(JSON.stringify(rest))).toBeLessThan(4096);
      const { body } = withKeys ? JSON.parse(plain) : (built?.data ?? {});
      expect(Buffer.byteLength(JSON.stringify(body))).toBeGreaterThan(withKeys ? 1700 : 1200);
      expect(body.replaceAll(character, "")).toBe("…");
    }
  }
});
