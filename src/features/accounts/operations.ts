/** What the operator may do about accounts. */
import { z } from "zod";

import { operation } from "../../core/feature.ts";
import type { OperatorDeps, ReportDeps } from "./deps.ts";
import { createOperator, listAccounts } from "./operator.ts";
import * as wire from "./schema.ts";

const username = z.string();

export const accountReports = [
  operation({ name: "user list", schema: z.object({}), run: (kit: ReportDeps) => listAccounts(kit) }),
];

export const accountChanges = [
  operation({
    name: "user add",
    schema: wire.Register,
    founds: true,
    run: (kit: OperatorDeps, input) => createOperator(kit).add(input),
  }),
  operation({
    name: "user password",
    schema: z.object({ username, password: wire.password }),
    run: (kit: OperatorDeps, input) => createOperator(kit).setPassword(input.username, input.password),
  }),
  operation({
    name: "user disable",
    schema: z.object({ username }),
    run: (kit: OperatorDeps, input) => createOperator(kit).setActive(input.username, false),
  }),
  operation({
    name: "user enable",
    schema: z.object({ username }),
    run: (kit: OperatorDeps, input) => createOperator(kit).setActive(input.username, true),
  }),
];
