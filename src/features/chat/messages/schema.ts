import { z } from "zod";

import { has, id, int64, oneOf, openEnum, orNull, text, time } from "../../../core/wire.ts";
import { Media, MediaIds, MediaType } from "../../files/index.ts";

/** What a client may send; `system` is the server's alone. */
export const SentType = z.enum(["text", "image", "video", "audio", "file"]).meta({ id: "SentType" });
export const ContentType = z.enum([...SentType.options, "system"]).meta({ id: "ContentType" });
export type ContentType = z.infer<typeof ContentType>;

const SystemEvent = openEnum("SystemEvent", [
  "group_created",
  "member_added",
  "member_removed",
  "member_left",
  "role_changed",
  "owner_changed",
  "owner_succeeded",
  "chat_renamed",
  "description_changed",
  "avatar_changed",
  "nickname_changed",
  "chat_closed",
]);

/** What a system message says, for programs; its `content` says it in English. */
export const SystemFacts = z
  .object({
    event: SystemEvent,
    user_id: id.optional().meta({ description: "Who was added, removed or given a role." }),
    username: z.string().optional(),
    role: z.string().optional(),
    name: z.string().optional(),
    nickname: z.string().nullable().optional(),
  })
  .meta({ id: "SystemFacts" });
export type SystemFacts = z.infer<typeof SystemFacts>;

export const Quote = z
  .object({
    id,
    sender_id: id,
    sender_username: z.string(),
    content: z
      .string()
      .meta({ description: "Empty where it is encrypted: devices quote what they have opened." }),
    content_type: ContentType,
    media_type: orNull(MediaType).meta({ description: "Of the first file in it; null for none." }),
    original_filename: z.string().nullable(),
    is_deleted: z.boolean(),
  })
  .meta({ id: "Quote", description: "The message that was replied to, as it is now." });

const MessageStatus = z.enum(["sent", "delivered", "read", "failed"]).meta({
  id: "MessageStatus",
  description: "Over all active members but the sender; `failed` is for clients to show, never sent.",
});

export const Reaction = z
  .object({
    emoji: z.string(),
    count: z.int().positive(),
    user_ids: z.array(id).meta({ description: "The first 20 who reacted with it." }),
  })
  .meta({ id: "Reaction" });
export type Reaction = z.infer<typeof Reaction>;

export const Message = z
  .object({
    id,
    chat_id: id,
    seq: int64.positive().meta({ description: "1, 2, 3 … in its chat, without a gap." }),
    client_id: z.string().nullable(),
    sender_id: id,
    sender_username: z.string(),
    reply_to_id: id.nullable(),
    reply_to: orNull(Quote),
    content: z.string(),
    content_type: ContentType,
    status: MessageStatus,
    is_edited: z.boolean(),
    edited_at: time.nullable(),
    is_deleted: z.boolean(),
    created_at: time,
    media: z.array(Media).meta({ description: "The files in it." }),
    mentions: z.array(id).meta({
      description: "The members that its text names, or that its sender named beside an encrypted one.",
    }),
    mentions_all: z.boolean().meta({ description: "It calls everybody in the chat." }),
    encrypted: z.boolean().meta({
      description:
        "`content` is a JWE, which only devices can open; of a deleted message, the one that deletes it.",
    }),
    system: orNull(SystemFacts),
    reactions: z.array(Reaction).meta({ description: "In the order in which each emoji came first." }),
  })
  .meta({ id: "Message" });
export type Message = z.infer<typeof Message>;

/** No setting lets more be mentioned in one message. */
const mostNamed = 1000;

const exampleClientId = "0b9f5c1e-2a67-4f43-9f0e-6a1c6f1d7c55";

const clientId = text
  .min(1)
  .max(64)
  .meta({ description: "Chosen by the client, unique per sender: the same one again changes nothing." });

/** What only goes with `encrypted`, because nobody can look for names in the text. */
const sealed = {
  encrypted: z.boolean().nullish().meta({
    description:
      "In an encrypted chat: `content` is a compact JWE `chat-msg+jwe`, and `client_id` its `mid`.",
  }),
  mentions: z.array(id).max(mostNamed).nullish().meta({
    description: "Only with `encrypted`: whom it mentions. Who is no member is left out.",
  }),
  mentions_all: z.boolean().nullish().meta({
    description: "Only with `encrypted`: it calls everybody, if the sender may do that.",
  }),
};

export const SendMessage = z
  .object({
    content: text.nullish(),
    content_type: orNull(SentType).optional(),
    reply_to_id: id.nullish(),
    client_id: clientId.nullish(),
    media_ids: MediaIds.nullish(),
    ...sealed,
  })
  .meta({
    id: "SendMessage",
    description:
      "`content` has to show something, unless files or a `content_type` other than `text` come with it. In an encrypted chat it " +
      "is a JWE, and `encrypted` and `client_id` have to be given.",
    ...oneOf("content", has("media_ids", []), has("content_type", "text")),
    examples: [{ content: "Hello Bob", client_id: exampleClientId }],
  });
export type SendMessage = z.output<typeof SendMessage>;

export const EditMessage = z.object({ content: text, client_id: clientId.nullish() }).meta({
  id: "EditMessage",
  description: "Of an encrypted message `content` is the JWE of the edit, and `client_id` its `mid`.",
  examples: [{ content: "Hello Bob, how are you?" }],
});
export type EditMessage = z.output<typeof EditMessage>;

const deleting = {
  content: text.nullish().meta({ description: "A JWE, which the tombstone keeps." }),
  client_id: clientId.nullish(),
};
export const DeleteMessage = z.object(deleting).meta({
  id: "DeleteMessage",
  description: "In an encrypted chat a device may say that it deletes: `client_id` is the `mid` of the JWE.",
  examples: [{}],
});
export type DeleteMessage = z.output<typeof DeleteMessage>;

/** The same over WebSocket. */
export const SendFrame = z
  .object({
    chat_id: id,
    content: text.nullish(),
    message_type: orNull(SentType).optional(),
    reply_to_id: id.nullish(),
    client_id: clientId.nullish(),
    media_ids: MediaIds.nullish(),
    ...sealed,
  })
  .meta({
    ...oneOf("content", has("media_ids", []), has("message_type", "text")),
    examples: [{ request_id: "1", chat_id: 1, content: "Hello Bob", client_id: exampleClientId }],
  });

export const EditFrame = z
  .object({ message_id: id, content: text, client_id: clientId.nullish() })
  .meta({ examples: [{ request_id: "2", message_id: 1, content: "Hello Bob, how are you?" }] });
export const DeleteFrame = z.object({ message_id: id, ...deleting });
export const History = z
  .object({
    messages: z.array(Message).meta({ description: "Oldest first." }),
    has_more_before: z.boolean(),
    has_more_after: z.boolean(),
  })
  .meta({ id: "History" });
export type History = z.infer<typeof History>;
