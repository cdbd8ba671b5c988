import { toTime } from "../../../core/wire.ts";
import type { Read } from "../../../platform/db/database.ts";
import type { Item } from "../items.ts";
import type { Notification } from "../schema.ts";
import { loadFacts } from "./facts.ts";
import { templates } from "./templates.ts";

/**
 * Notifications as each one's user sees them now, in the order of `items`. Their text is kept nowhere: what is deleted
 * in the tables is gone here.
 */
export async function render(read: Read, items: Item[]): Promise<Notification[]> {
  if (items.length === 0) return [];
  const facts = await loadFacts(read, items);
  return facts.map((one) => ({
    id: one.row.id,
    user_id: one.row.userId,
    notification_type: one.row.type,
    ...templates[one.row.type](one),
    is_read: one.wasRead,
    created_at: toTime(one.row.createdAt),
  }));
}
