import type { Feature } from "../../feature.ts";
import { messageFilled, newMessage } from "../chat/index.ts";
import { notificationRoutes } from "./api.ts";
import { mentionNotification, notification, notificationsRead } from "./events.ts";
import { backlog } from "./following/backlog.ts";
import { notificationsFollower } from "./following/follower.ts";
import { readExpiry } from "./reading/expiry.ts";
import { undelivered } from "./undelivered/undelivered.ts";

/** What people are told of who are away, mentioned, invited or reacted to, by whatever channel reaches them. */
export const notifications: Feature = {
  name: "notifications",
  offers: ["notifications"],
  routes: notificationRoutes,
  events: [notification, mentionNotification, notificationsRead],
  listen(kit) {
    for (const brings of [newMessage, messageFilled]) {
      kit.dispatch.on(brings, ({ message }) => undelivered(kit).told(message, kit.dispatch.position));
    }
  },
  followers: (kit) => [notificationsFollower(kit)],
  jobs: (kit) => [backlog(kit), undelivered(kit), readExpiry(kit)],
};
