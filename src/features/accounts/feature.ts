import type { Feature } from "../../feature.ts";
import { routes } from "./api.ts";
import { sessionsEnded, userChanged } from "./events.ts";
import { accountJobs } from "./jobs.ts";
import { changes, reports } from "./operations.ts";

/** Accounts, their sessions and what proves who somebody is. */
export const accounts: Feature = {
  name: "accounts",
  routes,
  events: [userChanged, sessionsEnded],
  jobs: accountJobs,
  changes,
  reports,
};
