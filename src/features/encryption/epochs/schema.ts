import { z } from "zod";

import { id, limitParam, openEnum, orNull } from "../../../core/wire.ts";
import { epochReasons, mostEnvelopeBytes } from "../../../e2ee/epochs.ts";
import { mostMembers } from "../../../e2ee/membership.ts";
import { since } from "../membership/schema.ts";

export const EpochReason = openEnum("EpochReason", epochReasons);

const thumbprint = z.string().meta({ description: "A thumbprint (RFC 7638, SHA-256)." });

export const RosterRow = z
  .object({
    user_id: id,
    ik_kid: thumbprint.meta({ description: "Thumbprint of their signing key." }),
    ek_kid: thumbprint.meta({ description: "Thumbprint of their encryption key." }),
  })
  .meta({ id: "RosterRow", description: "Somebody who can read an epoch, by their keys." });
export type RosterRow = z.infer<typeof RosterRow>;

export const EncryptionState = z
  .object({
    on: z.boolean().meta({ description: "Once on, it stays on." }),
    epoch: z.int().min(0).meta({ description: "0 before the first one." }),
    due: orNull(EpochReason).meta({
      description: "Why another epoch has to begin before the next message; null where none has to.",
    }),
    roster: z.array(RosterRow).meta({
      description: `Who the next epoch has to be for, by id: before encryption is on, everybody who has confirmed keys, and nobody where more than ${mostMembers} are in the chat.`,
    }),
    without_keys: z.array(id).meta({ description: "Members who have no confirmed keys." }),
  })
  .meta({ id: "EncryptionState" });
export type EncryptionState = z.infer<typeof EncryptionState>;

export const BeginEpoch = z
  .object({
    announcement: z.string().max(4096).meta({ description: "JWS `chat-epoch+jws`." }),
    envelope: z.string().max(mostEnvelopeBytes).meta({
      description:
        "The epoch's key, for everybody in the roster: general JWE `chat-epoch+jwe` (RFC 7516, 7.2.1).",
    }),
  })
  .meta({
    id: "BeginEpoch",
    examples: [
      {
        announcement: "eyJhbGciOiJFUzI1NiIsInR5cCI6ImNoYXQtZXBvY2grandzIiwia2lkIjoi4oCmIn0.e30.AA",
        envelope:
          '{"protected":"…","recipients":[{"header":{"alg":"RSA-OAEP-256","kid":"…"},"encrypted_key":"…"}]}',
      },
    ],
  });
export type BeginEpoch = z.output<typeof BeginEpoch>;

export const BegunEpoch = z.object({ n: id.meta({ description: "Its number." }) }).meta({ id: "BegunEpoch" });

export const EpochsQuery = z.object({
  since: since.meta({ description: "Only epochs after this one." }),
  limit: limitParam,
});

export const Epoch = z
  .object({
    n: id,
    announcement: z.string(),
    recipient: z.string().nullable().meta({
      description: "Its key for me: flattened JWE (RFC 7516, 7.2.2); null where I am not in it.",
    }),
  })
  .meta({ id: "Epoch" });

export const Epochs = z
  .object({
    epochs: z.array(Epoch).meta({ description: "In the order of their numbers." }),
    rosters: z.record(z.string(), z.array(RosterRow)).meta({
      description: "By their hash, those that no epoch up to `since` has had.",
    }),
    has_more: z.boolean(),
  })
  .meta({ id: "Epochs" });
export type Epochs = z.infer<typeof Epochs>;
