/** What the operator may do about people: who leaves has successors in their groups. */
import { z } from "zod";

import { operation, type OperatorKit } from "../../../feature.ts";
import { setActive, toMe } from "../../accounts/index.ts";
import { fillVacancies } from "../../chat/index.ts";

const username = z.string();

/** Closes an account or opens it again. Errors: `not_found`. */
async function setUserActive(kit: OperatorKit, name: string, isActive: boolean) {
  return kit.db.transact(async (tx) => {
    const { user, hasChanged } = await setActive(kit, tx, name, isActive);
    if (hasChanged) await fillVacancies(kit, tx, user.id);
    return toMe(kit, user);
  });
}

export const userChanges = [
  operation({
    name: "user disable",
    schema: z.object({ username }),
    run: (kit: OperatorKit, input) => setUserActive(kit, input.username, false),
  }),
  operation({
    name: "user enable",
    schema: z.object({ username }),
    run: (kit: OperatorKit, input) => setUserActive(kit, input.username, true),
  }),
];
