import type { Feature } from "../../feature.ts";
import { routes } from "./api.ts";
import { SearchFollower } from "./follower.ts";

/** The search for messages. */
export const search: Feature = {
  name: "search",
  offers: ["search"],
  routes,
  followers: (kit) => [new SearchFollower(kit)],
};
