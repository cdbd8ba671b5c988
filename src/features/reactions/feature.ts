import type { Feature } from "../../feature.ts";
import { messageParts } from "../chat/index.ts";
import { customTypes } from "../notifications/index.ts";
import { reactionRoutes } from "./api.ts";
import { reactionUpdated } from "./events.ts";
import { reactionsPart } from "./message-part.ts";
import { reactionNotification } from "./notification.ts";

/** Emoji on messages. */
export const reactions: Feature = {
  name: "reactions",
  offers: ["reactions"],
  routes: reactionRoutes,
  events: [reactionUpdated],
  extensions: [messageParts.with(reactionsPart), customTypes.with(reactionNotification)],
};
