import { chatAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { withMembership } from "../items.ts";
import { render } from "../rendering/render.ts";
import { channels } from "../state.ts";
import type { NotificationRow } from "../tables.ts";
import { insertNotification, type NewNotification } from "./store.ts";

/** What somebody is to be told of. */
export type News = Pick<NewNotification, "type" | "userId" | "chatId" | "messageId"> &
  Partial<Pick<NewNotification, "mentionId" | "subjectId" | "byUserId">>;

/** Makes notifications and hands them to all channels. */
export async function notify(kit: Kit, tx: Tx, news: News[]): Promise<void> {
  if (news.length === 0) return;
  const rows: NotificationRow[] = [];
  for (const one of news) {
    const row = { mentionId: null, subjectId: null, byUserId: null, createdAt: kit.clock.now(), ...one };
    rows.push(await insertNotification(tx, row));
  }
  const made = await render(tx, await withMembership(tx, rows));
  for (const channel of channels(kit)) await channel.take(tx, made);
}

/** The members of a chat who have a socket right now. */
export function connectedIn({ presence }: Kit, chatId: number): number[] {
  return presence.connectedIn(chatAudience(chatId));
}
