import type { Actor } from "../../../core/actor.ts";
import type { Form } from "../../../feature.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { requireActor } from "../../accounts/index.ts";
import { changeGroup, requireGroup, requireMay } from "../../chat/index.ts";
import { receivePicture } from "./receive.ts";

/**
 * Gives a group the picture that somebody sends; answers its address. Errors: as `receivePicture`, and `not_found`,
 * `forbidden`, `direct_chat_fixed`, `chat_inactive`.
 */
export function setChatAvatar(kit: Kit, actor: Actor, chatId: number, form: Form): Promise<string> {
  const requireEditable = async (read: Read) => {
    const { chat, member } = await requireGroup(read, chatId, actor.userId);
    requireMay(member, "edit_chat");
    return chat;
  };
  return receivePicture(kit, actor, form, {
    require: requireEditable,
    async setPicture(tx, avatarUrl) {
      const chat = await requireEditable(tx);
      await changeGroup(kit, tx, await requireActor(tx, actor), chat, { avatarUrl });
      return chat.avatarUrl;
    },
  });
}
