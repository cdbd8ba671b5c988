import type { Feature } from "../../feature.ts";
import { answered, newMessage } from "../chat/index.ts";
import { avatarRoutes } from "./avatars/api.ts";
import { avatarSweep } from "./avatars/unshown.ts";
import { presenceCommands } from "./presence/api.ts";
import { comingsAndGoings } from "./presence/comings-and-goings.ts";
import * as signals from "./presence/signals.ts";
import { typing } from "./presence/typing.ts";
import { userRoutes } from "./users/api.ts";
import { userChanges } from "./users/operations.ts";

/** People as others see them: profiles, pictures, who is here and who is writing. */
export const people: Feature = {
  name: "people",
  offers: ["presence", "typing"],
  routes: [...userRoutes, ...avatarRoutes],
  commands: presenceCommands,
  signals: Object.values(signals),
  changes: userChanges,
  listen(kit) {
    kit.dispatch.on(newMessage, ({ message }) => {
      // What the chat itself says, nobody has typed.
      if (message.content_type !== "system") typing(kit).wrote(message.chat_id, message.sender_id);
    });
    kit.dispatch.on(answered, (both) => void comingsAndGoings(kit).met(both));
  },
  jobs: (kit) => [comingsAndGoings(kit), avatarSweep(kit)],
};
