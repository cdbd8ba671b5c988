import { z } from "zod";

import { has, id, oneOf, openEnum, orNull, text, time } from "../../core/wire.ts";
import { timeZoneNamed } from "./settings/time-zone.ts";

// Devices

export const Platform = z.enum(["android", "ios", "web"]).meta({ id: "Platform" });
export type Platform = z.infer<typeof Platform>;

/** As long as a web push subscription may be; those of phones are some 200 characters. */
const token = text.min(1).max(4096);

const key = (bytes: number, description: string) =>
  text
    .min(1)
    .max(bytes * 2)
    .meta({ description });

/** RFC 8291, 3. */
export const DeviceKeys = z
  .object({
    p256dh: key(88, "Public key of the device: P-256, uncompressed, 65 bytes in base64url."),
    auth: key(24, "A secret of 16 bytes in base64url, which the device shares with this server."),
  })
  .meta({ id: "DeviceKeys" });

export const RegisterDevice = z
  .object({
    token: token.nullish(),
    device_token: token.nullish(),
    platform: orNull(Platform).optional(),
    keys: orNull(DeviceKeys)
      .optional()
      .meta({ description: "With them Google and Apple cannot read what is pushed to this device." }),
  })
  .refine((given) => given.token || given.device_token, { path: ["token"], error: "must be given" })
  .meta({
    id: "RegisterDevice",
    description: "`token` or, by its other name, `device_token`. It is never shown again.",
    ...oneOf("token", has("device_token")),
    examples: [{ token: "the-token-that-the-push-service-gave-the-app", platform: "android" }],
  });
export type RegisterDevice = z.output<typeof RegisterDevice>;

export const Device = z.object({ id }).meta({ id: "Device" });
export type Device = z.infer<typeof Device>;

export const Subscribe = z
  .object({
    endpoint: text.min(1).max(4096).meta({
      description: "An https address that the browser or distributor was given by its push service.",
    }),
    keys: DeviceKeys,
  })
  .meta({
    id: "Subscribe",
    description: "What `PushSubscription.toJSON()` gives. The endpoint is never shown again.",
    examples: [
      {
        endpoint: "https://push.example.org/send/kSAKVzxH",
        keys: {
          p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
          auth: "BTBZMqHH6r4Tts7J_aSIgg",
        },
      },
    ],
  });
export type Subscribe = z.output<typeof Subscribe>;

export const WebPushKey = z
  .object({ key: z.string().meta({ description: "`applicationServerKey`: 65 bytes in base64url." }) })
  .meta({ id: "WebPushKey" });

export const PushChannel = openEnum("PushChannel", ["fcm", "web_push"]);

export const PushTest = z
  .object({
    devices: z.array(
      z.object({
        id,
        channel: PushChannel,
        outcome: openEnum("PushOutcome", ["accepted", "gone", "refused", "later"]).meta({
          description:
            "`accepted`: by the push service, which reaches the device when it can. `gone`: the device is forgotten. `refused`: it will never take it. `later`: it may, at another time.",
        }),
        detail: z.string().meta({ description: "A sentence about what became of it." }),
      }),
    ),
  })
  .meta({ id: "PushTest" });
export type PushTest = z.infer<typeof PushTest>;

// Settings

export const PushContent = z.enum(["full", "sender", "none"]).meta({
  id: "PushContent",
  description:
    "What a push says: who and what, only from whom, or only that there is something. The service on the way reads it, where it is not encrypted.",
});
export type PushContent = z.infer<typeof PushContent>;

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time of day from 00:00 to 23:59");

export const QuietHours = z
  .object({
    from: timeOfDay.meta({ description: "The first quiet minute.", examples: ["22:00"] }),
    to: timeOfDay.meta({ description: "The first that is not; of the next day if it is earlier." }),
    time_zone: z
      .string()
      .max(50, { abort: true })
      .refine((given) => timeZoneNamed(given) !== undefined, "must be a time zone such as Europe/Berlin")
      .overwrite((given) => timeZoneNamed(given) ?? given)
      .meta({ description: "By its name in the IANA database." }),
  })
  .refine((given) => given.from !== given.to, { path: ["to"], error: "must be another time than `from`" })
  .meta({
    id: "QuietHours",
    description: "Each day, while a clock in the time zone shows a time of them.",
    examples: [{ from: "22:00", to: "07:00", time_zone: "Europe/Berlin" }],
  });

export const PushSettings = z
  .object({
    push_content: PushContent,
    do_not_disturb_until: time.nullable().meta({ description: "null once it is over." }),
    quiet_hours: orNull(QuietHours),
  })
  .meta({ id: "PushSettings" });
export type PushSettings = z.infer<typeof PushSettings>;

/** With any offset; answers write years with four digits. */
const moment = z.iso
  .datetime({ offset: true, abort: true })
  .refine((given) => Date.parse(given) < Date.UTC(10_000, 0), "must be before the year 10000");

export const UpdatePushSettings = z
  .object({
    push_content: orNull(PushContent),
    do_not_disturb_until: moment.nullable(),
    quiet_hours: orNull(QuietHours),
  })
  .partial()
  .meta({
    id: "UpdatePushSettings",
    description: "What is absent stays. null ends `do_not_disturb_until` and `quiet_hours`.",
    examples: [
      { push_content: "sender", quiet_hours: { from: "22:00", to: "07:00", time_zone: "Europe/Berlin" } },
    ],
  });
export type UpdatePushSettings = z.output<typeof UpdatePushSettings>;
