/** When another epoch of an encrypted chat has to begin. */
import type { EpochReason } from "../../../e2ee/epochs.ts";
import { chatAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import type { Read, Tx } from "../../../platform/db/database.ts";
import { findSize } from "../../chat/index.ts";
import { updateEncrypted } from "../membership/store.ts";
import { encryptionRekeyRequired } from "./events.ts";
import { type CurrentEpoch, dueAmong } from "./store.ts";

const dayMilliseconds = 86_400_000;

/** Why another epoch has to begin before the next message; null where none has to. */
export async function dueNow(
  { clock, settings }: Pick<Kit, "clock" | "settings">,
  read: Read,
  chatId: number,
  epoch: CurrentEpoch,
): Promise<EpochReason | null> {
  if (epoch.due !== null) return epoch.due;
  if (clock.now() - epoch.epochAt >= settings.epochDays * dayMilliseconds) return "age";
  const { messageCount } = await findSize(read, chatId);
  return messageCount - epoch.epochAfter >= settings.epochMessages ? "count" : null;
}

/** From now on it has to, and the chat is told, unless it was so before. */
export async function makeDue(
  kit: Pick<Kit, "journal">,
  tx: Tx,
  chatId: number,
  reason: EpochReason,
): Promise<void> {
  const [row] = await dueAmong(tx, [chatId]);
  if (!row || row.due !== null) return;
  await updateEncrypted(tx, chatId, { due: reason });
  const told = { chat_id: chatId, reason };
  await kit.journal.record(tx, encryptionRekeyRequired, chatAudience(chatId), chatId, told);
}
