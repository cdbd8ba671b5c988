import { toTime } from "../../../core/wire.ts";
import type { Read } from "../../../platform/db/database.ts";
import { isRead, type Item } from "../items.ts";
import type { Notification } from "../schema.ts";
import { customTexts, isCustom, type NotificationText } from "../types.ts";
import { loadFacts } from "./facts.ts";
import { templates } from "./templates.ts";

/**
 * Notifications as each one's user sees them now, in the order of `items`. Their text is kept nowhere: what is deleted
 * in the tables is gone here.
 */
export async function render(read: Read, items: Item[]): Promise<Notification[]> {
  if (items.length === 0) return [];
  const texts = await textsOf(read, items);
  return items.flatMap(({ row, member }) => {
    const text = texts.get(row.id);
    if (!text) return [];
    return {
      id: row.id,
      user_id: row.userId,
      notification_type: row.type,
      ...text,
      is_read: isRead(row, member),
      created_at: toTime(row.createdAt),
    };
  });
}

/** By notification. */
async function textsOf(read: Read, items: Item[]): Promise<Map<number, NotificationText>> {
  const texts = await customTexts(
    read,
    items.map(({ row }) => row),
  );
  const facts = await loadFacts(
    read,
    items.filter(({ row }) => !isCustom(row.type)),
  );
  for (const one of facts) {
    const text = templates[one.row.type]?.(one);
    if (text) texts.set(one.row.id, text);
  }
  return texts;
}
