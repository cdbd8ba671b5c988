import { z } from "zod";

import { descriptionText, id, nameText, orNull, pictureUrl, time } from "../../../core/wire.ts";
import { User } from "../../accounts/index.ts";
import { marker, Member, Role } from "../members/schema.ts";
import { Message } from "../messages/schema.ts";

const ChatType = z.enum(["direct", "group"]).meta({ id: "ChatType" });

const Encryption = z
  .object({
    on: z.boolean().meta({ description: "Once on, it stays on." }),
    epoch: z.int().min(0).meta({ description: "0 before the first one." }),
  })
  .meta({ id: "ChatEncryption", description: "Whether a chat is end-to-end encrypted." });

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
    encryption: Encryption,
  })
  .meta({ id: "ChatInfo", description: "A chat, the same for everybody in it." });
export type ChatInfo = z.infer<typeof ChatInfo>;

const count = z.int().min(0);

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
export type CreateGroup = z.output<typeof CreateGroup>;

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
export type UpdateChat = z.output<typeof UpdateChat>;

export const Chats = z
  .object({ chats: z.array(Chat), next_cursor: z.string().nullable() })
  .meta({ id: "Chats" });
export type Chats = z.infer<typeof Chats>;
