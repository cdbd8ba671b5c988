import type { ChatEncryption } from "../chat/index.ts";
import { requireBox } from "./boxes/require-box.ts";
import { requireCurrent } from "./epochs/current.ts";
import { readChange } from "./membership/change.ts";

/** What this feature decides about encrypted chats. */
export const encryptionOfChats: ChatEncryption = { readChange, requireCurrent, requireBox };
