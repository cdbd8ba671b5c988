import { z } from "zod";

import { id, time } from "../../../core/wire.ts";

const jwe = z
  .string()
  .meta({ description: "The keys, signed and sealed for one person: compact JWE `chat-grant+jwe`." });

/** The header is right, the rest cut short. */
const exampleGrant =
  "eyJhbGciOiJSU0EtT0FFUC0yNTYiLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoiY2hhdC1ncmFudCtqd2UiLCJraWQiOiLigKYifQ.AA.AA.AA.AA";

export const GiveGrant = z
  .object({ to_user_id: id, jwe })
  .meta({ id: "GiveGrant", examples: [{ to_user_id: 2, jwe: exampleGrant }] });
export type GiveGrant = z.output<typeof GiveGrant>;

export const Grant = z
  .object({ by_user_id: id, jwe, created_at: time })
  .meta({ id: "Grant", description: "Keys of earlier epochs that somebody has handed to me." });
export type Grant = z.infer<typeof Grant>;

export const Grants = z.object({ grants: z.array(Grant) }).meta({ id: "Grants" });
