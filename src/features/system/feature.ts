import type { Feature } from "../../feature.ts";
import { routes } from "./api.ts";
import { startedAt } from "./health.ts";

/** What the server tells of itself. */
export const system: Feature = {
  name: "system",
  routes,
  listen: (kit) => void startedAt(kit),
};
