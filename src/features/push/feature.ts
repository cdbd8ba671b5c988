import type { Feature } from "../../feature.ts";
import { deviceRoutes } from "./devices/api.ts";
import { pushFollower } from "./outbox/follower.ts";
import { outboxBound } from "./sending/bound.ts";
import { pushers } from "./sending/wake.ts";
import { settingsRoutes } from "./settings/api.ts";

/** Reaches the devices of people who are not connected, or do not look. */
export const push: Feature = {
  name: "push",
  offers: ["push"],
  routes: [...deviceRoutes, ...settingsRoutes],
  followers: (kit) => [pushFollower(kit)],
  jobs: (kit) => [...pushers(kit), outboxBound(kit)],
};
