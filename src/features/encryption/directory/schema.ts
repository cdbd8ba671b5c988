import { z } from "zod";

import { has, id, int64, openEnum } from "../../../core/wire.ts";
import { mostEntryBytes } from "../../../e2ee/directory.ts";
import { mostMembers } from "../../../e2ee/membership.ts";

import { exampleSealed, keychainText, unlockTexts } from "../keychain/schema.ts";

export const Reason = openEnum("KeyChangeReason", ["init", "rotate", "reset"]);

const EncryptionKey = z
  .object({ kty: z.literal("RSA"), n: z.string(), e: z.string() })
  .meta({ id: "EncryptionKey", description: "RSA for RSA-OAEP-256, as JWK (RFC 7517)." });

const SigningKey = z
  .object({ kty: z.literal("EC"), crv: z.literal("P-256"), x: z.string(), y: z.string() })
  .meta({ id: "SigningKey", description: "P-256 for ES256, as JWK (RFC 7517)." });

const Custody = openEnum("KeyCustody", ["client", "server"]);
const kid = z.string().meta({ description: "Thumbprint of the encryption key (RFC 7638, SHA-256)." });
const confirmed = z.boolean().meta({ description: "Somebody has proved that they can use them." });

export const PublicKey = z
  .object({
    user_id: id,
    public_key: EncryptionKey,
    public_key_pem: z.string().meta({ description: "The same as SubjectPublicKeyInfo (RFC 7468)." }),
    signing_key: SigningKey,
    kid,
    custody: Custody.meta({ description: "Who has made the keys." }),
    confirmed,
    seq: int64.positive().meta({ description: "Of the entry in its chain, from 1." }),
    fingerprint: z.string().meta({ description: "Thumbprint of the signing key." }),
    log: z
      .array(z.string())
      .optional()
      .meta({
        description:
          "With `log=1`: all entries of the chain, the first one first, as they were sent. Of several people some may lack it, where the " +
          "answer would be too long: ask for these again.",
      }),
  })
  .meta({ id: "PublicKey", description: "Somebody's keys, as the last entry of their chain has them." });
export type PublicKey = z.infer<typeof PublicKey>;

export const PublicKeys = z.object({ public_keys: z.array(PublicKey) }).meta({ id: "PublicKeys" });

/** As many as an encrypted chat has members at most. */
export const keysAtOnce = mostMembers;

export const PublicKeysOf = z
  .object({ user_ids: z.array(id).min(1).max(keysAtOnce) })
  .meta({ id: "PublicKeysOf", examples: [{ user_ids: [1, 2] }] });

export const LogQuery = z.object({
  log: z
    .literal("1")
    .optional()
    .meta({ description: "`1`: with the whole chain.", param: { example: "1" } }),
});

export const entryText = z
  .string()
  .max(mostEntryBytes)
  .meta({ description: "The entry: a JWS `chat-key+jws`, compact, or general with two signatures." });

/** The header is right, the rest cut short: what is signed for one server no other takes. */
const exampleEntry = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImNoYXQta2V5K2p3cyIsImtpZCI6IuKApiJ9.e30.AA";

const currentPassword = z.string().max(1024);

/** As long as a password has to be; a program may make longer ones. */
const passphrase = z.string().min(8).max(1024);

export const GenerateKeys = z
  .object({
    mode: z.enum(["client", "server"]).meta({
      description:
        "Who makes the keys: a device, which sends `entry`, `unlock` and `keychain`, or the server.",
    }),
    entry: entryText.optional(),
    unlock: unlockTexts.optional(),
    keychain: keychainText.optional(),
    passphrase: passphrase
      .optional()
      .meta({ description: "Of mode `server`: unlocks the keychain as the recovery key does." }),
    replace: z
      .boolean()
      .optional()
      .meta({ description: "A `reset`, where there are keys already that have been confirmed." }),
    current_password: currentPassword.optional().meta({ description: "Needed with `replace`." }),
  })
  .meta({
    id: "GenerateKeys",
    // Generators of clients ignore it.
    if: { properties: { mode: { const: "server" } } },
    else: { allOf: [has("entry"), has("unlock"), has("keychain")] },
    examples: [
      { mode: "client", entry: exampleEntry, unlock: [exampleSealed], keychain: exampleSealed },
      { mode: "server", passphrase: "a long enough one" },
    ],
  });
export type GenerateKeys = z.output<typeof GenerateKeys>;

export const GeneratedKeys = z
  .object({
    kid,
    public_key: EncryptionKey,
    custody: Custody,
    confirmed,
    recovery_key: z
      .string()
      .optional()
      .meta({ description: "Of keys that the server has made: shown this once, and kept nowhere." }),
  })
  .meta({ id: "GeneratedKeys" });
export type GeneratedKeys = z.infer<typeof GeneratedKeys>;

/** A header and five members have some 400. */
export const mostConfirmationBytes = 1024;

export const ConfirmKeys = z
  .object({
    jws: z
      .string()
      .max(mostConfirmationBytes)
      .meta({ description: "JWS `chat-confirm+jws` with `v`, `iss`, `sub`, `kid` and `iat`." }),
  })
  .meta({ id: "ConfirmKeys", examples: [{ jws: exampleEntry }] });

export const PublishKey = z
  .object({
    entry: entryText,
    unlock: unlockTexts.optional(),
    keychain: keychainText.optional(),
    current_password: currentPassword,
  })
  .meta({
    id: "PublishKey",
    description: "What is left out of the keychain stays.",
    examples: [{ entry: exampleEntry, current_password: "a long enough one" }],
  });
export type PublishKey = z.output<typeof PublishKey>;
