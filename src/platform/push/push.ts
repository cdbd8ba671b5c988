/**
 * Push: reaches devices that have no socket, by services that keep a line to them: Google's FCM for apps, and those of
 * browsers and UnifiedPush distributors for all that speak Web Push (RFC 8030).
 */

export type ChannelName = "fcm" | "web_push";

/** A device's own keys, base64url: what is encrypted for them nobody on the way reads (RFC 8291, 3). */
export interface DeviceKeys {
  /** Its public key: P-256, uncompressed, 65 bytes. */
  p256dh: string;
  /** A secret of 16 bytes that it shares with this server. */
  auth: string;
}

/** Where a device is reached. */
export interface Target {
  /** By FCM the registration token, by Web Push the subscription's endpoint. */
  address: string;
  platform: "android" | "ios" | "web" | null;
  /** Always there by Web Push. */
  keys: DeviceKeys | null;
}

/** What a device is told; apps and service workers get it as JSON with these fields. */
export type Content =
  /** Show this in place of whatever else is shown of the chat. */
  | {
      type: "message" | "mention" | "group_invite" | "reaction";
      title: string;
      body: string;
      chat_id: number;
      message_id?: number | undefined;
      notification_id?: number | undefined;
      /** How many messages are unread in the chat. */
      count?: number | undefined;
      by_user_id?: number | undefined;
      /** How many messages are unread in all: the number on the app's icon. */
      unread_messages: number;
      /** Chats of which something is shown that has been read elsewhere: to be closed. At most 50, else texts have no room. */
      read_chat_ids: number[];
    }
  /** What is shown of this chat has been read elsewhere, or is gone: close it. */
  | { type: "read"; chat_id: number; unread_messages: number }
  /** Only the number on the app's icon is another. */
  | { type: "badge"; unread_messages: number }
  /** Somebody tries whether push works. */
  | { type: "test"; title: string; body: string };

export interface Push {
  target: Target;
  content: Content;
  /**
   * Collapse key: while the service keeps an earlier one for the same device with the same key, this replaces it. At most
   * 32 characters of base64url (RFC 8030, 5.4).
   */
  topic: string;
  /** How long the service keeps it for a device that is not reached. */
  ttlSeconds: number;
}

/** What has become of a push. `detail` is a sentence for the operator, without any token, key or text. */
export type Outcome =
  /** The service has taken it. */
  | { status: "accepted" }
  /** The service will never reach this device again: it is to be forgotten. */
  | { status: "gone"; detail: string }
  /** The service will never take this push; the device is all right. */
  | { status: "refused"; detail: string }
  /** To be tried again, not before so many milliseconds if the service has named a time. */
  | { status: "later"; detail: string; retryAfterMilliseconds?: number | undefined };

/** The whole service cannot be used for now: wrong credentials, no network. The message is a sentence for the operator. */
export class PushUnavailable extends Error {}

/** What stops the start, in one sentence: credentials or a key that cannot be used. */
export class PushConfigError extends Error {}

/** One way to reach devices. */
export interface PushService {
  readonly name: ChannelName;
  /** The most that one call of `send` takes. */
  readonly atOnce: number;
  /** How many calls may be under way together. */
  readonly lanes: number;
  /** How many of them for devices of one person, who chooses a service that may be slow; Infinity where it is the operator's. */
  readonly perPerson: number;
  /**
   * Gets what it takes to send, such as an access token, so that what is decided after it is sent at once. Errors:
   * PushUnavailable.
   */
  ready(): Promise<void>;
  /** Hands them over; the outcomes in the same order. Takes half a minute at the most. Errors: PushUnavailable. */
  send(pushes: readonly Push[]): Promise<Outcome[]>;
}

/** Web Push, for browsers and UnifiedPush. */
export interface WebPush extends PushService {
  /** This server's VAPID key (RFC 8292, 3.2), base64url: what a page subscribes with. */
  readonly publicKey: string;
  /**
   * What is wrong with a subscription's endpoint, in words that follow "must"; undefined for one that may be called. People
   * choose these addresses, so they must not lead into the operator's own network (server-side request forgery).
   */
  problemWith(endpoint: string): Promise<string | undefined>;
}

export interface PushServices {
  /** Undefined without the operator's credentials. */
  readonly fcm: PushService | undefined;
  readonly webPush: WebPush;
  /** What is wrong with a device's keys, in words that follow "must"; undefined for those that can be encrypted for. */
  problemWithKeys(keys: DeviceKeys): { field: keyof DeviceKeys; problem: string } | undefined;
  close(): Promise<void>;
}
