import type { Feature } from "../../feature.ts";
import { attachmentRoutes } from "./attachments/api.ts";
import { attachmentsFollower } from "./attachments/follower.ts";
import { groupRoutes } from "./groups/api.ts";
import * as groupEvents from "./groups/events.ts";
import { memberRoutes } from "./members/api.ts";
import * as memberEvents from "./members/events.ts";
import { chatChanges } from "./members/operations.ts";
import { profileFollower } from "./members/profiles.ts";
import { vacancies } from "./members/vacancies.ts";
import { messageCommands, messageRoutes } from "./messages/api.ts";
import { messageDeleted, messageFilled, messageUpdated, newMessage } from "./messages/events.ts";
import { receiptCommands, receiptRoutes } from "./receipts/api.ts";
import { chatRead, messageStatus } from "./receipts/events.ts";
import { statusBroadcast } from "./state.ts";

/** Chats: groups and direct chats, who is in them, what they write, and who has read it. */
export const chat: Feature = {
  name: "chat",
  offers: ["groups", "resume", "receipts", "mentions"],
  routes: [...groupRoutes, ...memberRoutes, ...messageRoutes, ...receiptRoutes, ...attachmentRoutes],
  commands: [...receiptCommands, ...messageCommands],
  events: [
    groupEvents.chatCreated,
    groupEvents.chatRemoved,
    groupEvents.chatUpdated,
    groupEvents.answered,
    memberEvents.memberAdded,
    memberEvents.memberUpdated,
    memberEvents.memberRemoved,
    memberEvents.userUpdated,
    newMessage,
    messageUpdated,
    messageFilled,
    messageDeleted,
    messageStatus,
    chatRead,
  ],
  followers: (kit) => [profileFollower(kit), attachmentsFollower(kit)],
  jobs: (kit) => [statusBroadcast(kit), vacancies(kit)],
  changes: chatChanges,
};
