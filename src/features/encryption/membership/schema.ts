import { z } from "zod";

import { signed } from "../../chat/index.ts";

/** A number in a query from which on something is wanted: 0 for all of it. */
export const since = z
  .string()
  .regex(/^(0|[1-9]\d{0,14})$/, "must be a whole number in decimal digits")
  .transform(Number)
  .default(0)
  .meta({ type: "integer", minimum: 0, default: 0, param: { example: 0 } });

export const SignChat = z
  .object({ signed: signed.meta({ description: "A step `create` or `policy`: JWS `chat-member+jws`." }) })
  .meta({
    id: "SignChat",
    examples: [{ signed: "eyJhbGciOiJFUzI1NiIsInR5cCI6ImNoYXQtbWVtYmVyK2p3cyIsImtpZCI6IuKApiJ9.e30.AA" }],
  });

export const StepsQuery = z.object({
  since: since.meta({ description: "Only steps after this one." }),
});

export const MembershipSteps = z
  .object({
    steps: z.array(z.string()).meta({ description: "As they came, in their order." }),
    has_more: z.boolean(),
  })
  .meta({ id: "MembershipSteps" });
export type MembershipSteps = z.infer<typeof MembershipSteps>;
