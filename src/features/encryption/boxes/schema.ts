import { z } from "zod";

import { has, id, oneOf } from "../../../core/wire.ts";
import { mostBoxBytes } from "../../../e2ee/box.ts";

/** With RSA of 4096 bits each takes some 800 bytes of the box; the rest is for the text. */
export const mostRecipients = 10;

const secrets = {
  passphrase: z.string().max(1024).optional(),
  recovery_key: z.string().max(100).optional().meta({ description: "In place of the passphrase." }),
};

export const Encrypt = z
  .object({
    message: z.string().min(1).max(mostBoxBytes),
    recipient_user_id: id.optional(),
    recipients: z
      .array(id)
      .min(1)
      .max(mostRecipients)
      .optional()
      .meta({ description: "In place of `recipient_user_id`." }),
    ...secrets,
  })
  .meta({
    id: "Encrypt",
    description:
      "With the passphrase or the recovery key it is signed; else it proves nothing of its author.",
    ...oneOf("recipient_user_id", has("recipients")),
    examples: [{ message: "Meet me at noon.", recipient_user_id: 1 }],
  });
export type Encrypt = z.output<typeof Encrypt>;

export const Encrypted = z
  .object({ encrypted_content: z.string().meta({ description: "A general JWE `box+jwe`." }) })
  .meta({ id: "Encrypted" });

export const Decrypt = z.object({ encrypted_content: z.string().max(mostBoxBytes), ...secrets }).meta({
  id: "Decrypt",
  ...oneOf("passphrase", has("recovery_key")),
  examples: [{ encrypted_content: "{}", passphrase: "a long enough one" }],
});
export type Decrypt = z.output<typeof Decrypt>;

export const Decrypted = z
  .object({
    message: z.string(),
    signed_by: id.nullable().meta({ description: "Who has written it; null where nothing proves that." }),
  })
  .meta({ id: "Decrypted" });
export type Decrypted = z.infer<typeof Decrypted>;
