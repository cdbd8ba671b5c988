import { z } from "zod";

import { descriptionText, has, id, oneOf, optionalName, pictureUrl, time } from "../../core/wire.ts";

export const User = z
  .object({
    id,
    username: z.string(),
    full_name: z.string().nullable(),
    avatar_url: z.string().nullable(),
    bio: z.string().nullable(),
    is_active: z
      .boolean()
      .meta({ description: "false: they have left, and only those who share a chat still see them." }),
    is_online: z.boolean().nullable().meta({ description: "null unless we share a chat." }),
    last_seen: time
      .nullable()
      .meta({ description: "null while they are online, as long as they never were, and for strangers." }),
  })
  .meta({ id: "User", description: "A person, as others see them." });
export type User = z.infer<typeof User>;

export const Me = User.extend({ email: z.string(), created_at: time }).meta({
  id: "Me",
  description: "A person, as they see themselves.",
});
export type Me = z.infer<typeof Me>;

/** Of the feature that adds it. */
const Encryption = z
  .object({
    kid: z.string().meta({ description: "Thumbprint of my encryption key (RFC 7638, SHA-256)." }),
    confirmed: z.boolean().meta({ description: "I have proved that I can use my keys." }),
    recovery_key: z
      .string()
      .optional()
      .meta({ description: "After a registration: shown this once, and kept nowhere." }),
  })
  .meta({ id: "EncryptionState" });

export const SignedIn = z
  .object({
    user: Me,
    access_token: z.string(),
    refresh_token: z.string().optional().meta({ description: "Not where it came as a cookie." }),
    token_type: z.literal("bearer"),
    expires_in: z.int().positive().meta({ description: "Seconds until the access token expires." }),
    encryption: Encryption.optional().meta({
      description: "After a registration or login, where I have keys.",
    }),
  })
  .meta({ id: "SignedIn" });
export type SignedIn = z.infer<typeof SignedIn>;

const username = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9_.-]{3,32}$/, "must be 3 to 32 of A-Z a-z 0-9 _ . -")
  .meta({ description: "Unique without regard to case." });

export const password = z.string().min(8).max(1024);

const examplePassword = "a long enough one";

const fullName = optionalName(100);
/**
 * Octets of an address, and of what stands before its @ (RFC 5321, 4.5.3.1: a path has 256 with < and >, so no
 * domain comes to its 255).
 */
const emailLength = 254;
const emailLocalLength = 64;

/** Lengths first, so that no pattern sees more. The pattern is ASCII alone: octets are characters. */
const email = z
  .string()
  .trim()
  .max(emailLength, { abort: true })
  .refine(
    (given) => given.lastIndexOf("@") <= emailLocalLength && z.regexes.email.test(given),
    `must be an e-mail address, with at most ${emailLocalLength} characters before the @`,
  )
  .meta({ format: "email" });

const cookie = z
  .boolean()
  .nullish()
  .meta({
    description:
      "For pages of this server alone: the refresh token comes as a cookie that scripts cannot read, in place of " +
      "`refresh_token`, and with it one that `<img>` and `<video>` fetch files with.",
  });

const encryption = z
  .literal("client")
  .nullish()
  .meta({ description: "`client`: this program makes keys itself, so the server is to make none." });

export const Register = z
  .object({ username, email, password, full_name: fullName, cookie, encryption })
  .meta({
    id: "Register",
    examples: [
      { username: "alice", email: "alice@example.org", password: examplePassword, full_name: "Alice" },
      { username: "bob", email: "bob@example.org", password: examplePassword, full_name: "Bob" },
    ],
  });
export type Register = z.output<typeof Register>;

export const Login = z
  .object({
    username: z
      .string()
      .trim()
      .min(1)
      .max(emailLength)
      .meta({ description: "The user name or the e-mail address." }),
    password: z.string().min(1).max(1024),
    cookie,
  })
  .meta({ id: "Login", examples: [{ username: "alice", password: examplePassword }] });
export type Login = z.output<typeof Login>;

export const Refresh = z
  .object({
    refresh_token: z
      .string()
      .min(1)
      .max(200)
      .nullish()
      .meta({ description: "Left out where a cookie has it." }),
    cookie,
  })
  .refine((given) => given.cookie || typeof given.refresh_token === "string", {
    path: ["refresh_token"],
    error: "is required, unless it comes as a cookie",
  })
  .meta({
    id: "Refresh",
    ...oneOf("refresh_token", has("cookie", false)),
    examples: [{ refresh_token: "rt_the_one_that_came_with_the_access_token" }],
  });

export const UpdateMe = z
  .object({
    full_name: fullName,
    bio: descriptionText(500),
    avatar_url: pictureUrl.nullable(),
    email: email.nullable(),
    current_password: z.string().max(1024).nullable().meta({ description: "Needed to change `email`." }),
  })
  .partial()
  .meta({
    id: "UpdateMe",
    description:
      'What is absent stays; null or "" clears. An e-mail address cannot be cleared: null leaves it, "" is refused.',
    examples: [{ full_name: "Alice Liddell", bio: "Likes tea and chess." }],
  });
export type UpdateMe = z.output<typeof UpdateMe>;

export const ChangePassword = z
  .object({ current_password: z.string().max(1024), new_password: password })
  .meta({
    id: "ChangePassword",
    examples: [{ current_password: examplePassword, new_password: "another long enough one" }],
  });
export type ChangePassword = z.output<typeof ChangePassword>;

const Session = z
  .object({
    id,
    created_at: time,
    last_used_at: time,
    user_agent: z.string().nullable(),
    current: z.boolean(),
  })
  .meta({ id: "Session" });

export const Sessions = z.object({ sessions: z.array(Session) }).meta({ id: "Sessions" });
export type Sessions = z.infer<typeof Sessions>;

/** How many people may be asked for at once. */
export const usersAtOnce = 100;
export const Users = z.object({ users: z.array(User) }).meta({ id: "Users" });

export const Ticket = z.object({ ticket: z.string() }).meta({ id: "Ticket" });
export type Ticket = z.infer<typeof Ticket>;
