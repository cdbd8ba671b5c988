import { z } from "zod";

import { id, optionalName, orNull, time } from "../../../core/wire.ts";

export const Role = z.enum(["member", "admin", "owner"]).meta({ id: "Role" });
export type Role = z.infer<typeof Role>;

export const NotifyLevel = z.enum(["all", "mentions", "none"]).meta({
  id: "NotifyLevel",
  description:
    "Of which new messages I am told: of all, of those that mention me, or of none (mentions are still listed).",
});
export type NotifyLevel = z.infer<typeof NotifyLevel>;

/** The last message that somebody has read or received; null for none. */
export const marker = id.nullable();

export const Member = z
  .object({
    id,
    chat_id: id,
    user_id: id,
    username: z.string(),
    full_name: z.string().nullable(),
    avatar_url: z.string().nullable(),
    is_active: z
      .boolean()
      .meta({ description: "false: their account is closed, unless the operator opens it again." }),
    is_online: z
      .boolean()
      .nullable()
      .meta({ description: "null in events, and where they have not shown it yet." }),
    last_seen: time.nullable().meta({ description: "null in events, and while they are online." }),
    role: Role,
    nickname: z.string().nullable(),
    joined_at: time,
    last_read_message_id: marker,
    last_delivered_message_id: marker,
    is_muted: z.boolean().optional().meta({ description: "Only in one's own: `notify` is not `all`." }),
    notify: NotifyLevel.optional().meta({ description: "Only in one's own." }),
  })
  .meta({ id: "Member" });
export type Member = z.infer<typeof Member>;

export const Members = z
  .object({ members: z.array(Member), next_cursor: z.string().nullable() })
  .meta({ id: "Members" });
export type Members = z.infer<typeof Members>;

/** A step of 512 members has some 55,000 characters. */
const mostSignedBytes = 131_072;

export const signed = z.string().max(mostSignedBytes).meta({
  description:
    "In an encrypted chat: the step of its membership chain that says the same, a JWS `chat-member+jws`.",
});

export const AddMember = z
  .object({ user_id: id, role: orNull(Role).optional(), signed: signed.nullish() })
  .meta({ id: "AddMember", examples: [{ user_id: 2, role: "member" }] });
export type AddMember = z.output<typeof AddMember>;

export const UpdateOwn = z
  .object({ nickname: optionalName(50), is_muted: z.boolean().nullable(), notify: orNull(NotifyLevel) })
  .partial()
  .meta({
    id: "UpdateOwn",
    description:
      'What is absent stays; null or "" clears a nickname. `is_muted` is the short form of `notify`: true is `mentions`, false `all`. `notify` goes before it.',
    examples: [{ nickname: "Hatter", notify: "mentions" }],
  });
export type UpdateOwn = z.output<typeof UpdateOwn>;

export const UpdateMember = z
  .object({ role: Role, signed: signed.nullish() })
  .meta({ id: "UpdateMember", examples: [{ role: "admin" }] });

/** The header is right, the rest cut short. */
const exampleStep = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImNoYXQtbWVtYmVyK2p3cyIsImtpZCI6IuKApiJ9.e30.AA";

export const RemoveMember = z
  .object({ signed: signed.nullish() })
  .meta({ id: "RemoveMember", examples: [{ signed: exampleStep }] });
