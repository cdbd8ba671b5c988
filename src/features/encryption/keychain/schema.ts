import { z } from "zod";

/** A phrase and a recovery key, each once more while it is exchanged, twice over. */
export const mostUnlocks = 8;
/** A wrapped key of 32 bytes and a header with the parameters of a key derivation have some 600. */
export const mostUnlockBytes = 2048;

export const unlockTexts = z.array(z.string().max(mostUnlockBytes)).min(1).max(mostUnlocks).meta({
  description: "The keychain's key, wrapped once for each way to unlock it: JWE `chat-unlock+jwe`.",
});

export const keychainText = z.string().meta({ description: "The keychain: a JWE `chat-keychain+jwe`." });

/** The header is right, the rest cut short. */
export const exampleSealed = "eyJhbGciOiJBMjU2S1ciLCJlbmMiOiJBMjU2R0NNIn0.AA.AA.AA.AA";

const ver = z.int().positive().meta({ description: "Rises by one with each change; also the `ETag`." });

export const Keychain = z
  .object({
    ver,
    unlock: z.array(z.string()),
    keychain: z.string(),
    withheld: z.boolean().meta({
      description:
        "Some of `unlock` is under a passphrase, and is given out only within ten minutes of a check of the password.",
    }),
  })
  .meta({ id: "Keychain" });
export type Keychain = z.infer<typeof Keychain>;

export const PutKeychain = z
  .object({
    ver: ver.meta({ description: "What it will be: one more than in `If-Match`." }),
    unlock: unlockTexts.optional().meta({ description: "Left out, it stays: also what was withheld." }),
    keychain: keychainText,
  })
  .meta({ id: "PutKeychain", examples: [{ ver: 2, keychain: exampleSealed }] });
export type PutKeychain = z.output<typeof PutKeychain>;

export const KeychainVersion = z.object({ ver }).meta({ id: "KeychainVersion" });
