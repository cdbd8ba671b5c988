/** What the operator may do about accounts. */
import { z } from "zod";

import { type Operation, operation, type OperatorKit, type ReportKit } from "../../feature.ts";
import { addUser } from "./operator/add-user.ts";
import { listUsers } from "./operator/list-users.ts";
import { setPassword } from "./operator/set-password.ts";
import { password, Register } from "./schema.ts";

export const reports: Operation<ReportKit>[] = [
  operation({ name: "user list", schema: z.object({}), run: listUsers }),
];

export const changes: Operation<OperatorKit>[] = [
  operation({ name: "user add", schema: Register, founds: true, run: addUser }),
  operation({
    name: "user password",
    schema: z.object({ username: z.string(), password }),
    run: (kit: OperatorKit, input) => setPassword(kit, input.username, input.password),
  }),
];
