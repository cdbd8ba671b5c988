import { z } from "zod";

import { descriptionText, id, nameText, optionalName, orNull, pictureUrl, time } from "../../core/wire.ts";
import { User } from "../accounts/schema.ts";
import { Message } from "../messages/schema.ts";

export const Role = z.enum(["member", "admin", "owner"]).meta({ id: "Role" });
const ChatType = z.enum(["direct", "group"]).meta({ id: "ChatType" });
export type Role = z.infer<typeof Role>;

export const ChatInfo = z
  .object({
    id,
    chat_type: ChatType,
    name: z.string().nullable(),
    description: z.string().nullable(),
    avatar_url: z.string().nullable(),
    is_active: z.boolean(),
    created_at: time,
    member_count: z.int().min(0),
  })
  .meta({ id: "ChatInfo", description: "A chat, the same for everybody in it." });
export type ChatInfo = z.infer<typeof ChatInfo>;

/** The last message that somebody has read or received; null for none. */
const marker = id.nullable();
const count = z.int().min(0);

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
    is_muted: z.boolean().optional().meta({ description: "Only in one's own." }),
  })
  .meta({ id: "Member" });
export type Member = z.infer<typeof Member>;

export const Chat = ChatInfo.extend({
  my_role: Role,
  is_muted: z.boolean(),
  unread_count: count.meta({ description: "Messages of others behind the last one that I have read." }),
  unread_mentions: count,
  last_read_message_id: marker,
  last_message: orNull(Message),
  peer: orNull(User).meta({ description: "The other person of a direct chat." }),
  members: z.array(Member).optional().meta({ description: "The first 100, where one chat is asked for." }),
}).meta({ id: "Chat", description: "A chat, as one of its members sees it." });
export type Chat = z.infer<typeof Chat>;

const name = nameText(100);
const description = descriptionText(1000);

export const CreateDirect = z
  .object({ user_id: id })
  .meta({ id: "CreateDirect", examples: [{ user_id: 2 }] });

export const CreateGroup = z
  .object({
    name,
    description,
    avatar_url: pictureUrl.nullish(),
    member_ids: z.array(id).max(1000).nullish(),
  })
  .meta({
    id: "CreateGroup",
    examples: [{ name: "Tea party", description: "Every day at six.", member_ids: [2] }],
  });

export const UpdateChat = z
  .object({
    name: name.nullable(),
    description,
    avatar_url: pictureUrl.nullable(),
  })
  .partial()
  .meta({
    id: "UpdateChat",
    description:
      'What is absent stays; null or "" clears. A name cannot be cleared: null leaves it, "" is refused.',
    examples: [{ name: "Tea party at six" }],
  });

export const AddMember = z
  .object({ user_id: id, role: orNull(Role).optional() })
  .meta({ id: "AddMember", examples: [{ user_id: 2, role: "member" }] });
export const UpdateOwn = z
  .object({ nickname: optionalName(50), is_muted: z.boolean().nullable() })
  .partial()
  .meta({
    id: "UpdateOwn",
    description: 'What is absent stays; null or "" clears a nickname.',
    examples: [{ nickname: "Hatter", is_muted: false }],
  });
export const UpdateMember = z
  .object({ role: Role })
  .meta({ id: "UpdateMember", examples: [{ role: "admin" }] });

export const Chats = z
  .object({ chats: z.array(Chat), next_cursor: z.string().nullable() })
  .meta({ id: "Chats" });
export const Members = z
  .object({ members: z.array(Member), next_cursor: z.string().nullable() })
  .meta({ id: "Members" });
