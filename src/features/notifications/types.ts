/** What types of notifications there are besides those of messages, mentions and invitations: other features have them. */
import { ExtensionPoint } from "../../core/extension-point.ts";
import type { Read } from "../../platform/db/database.ts";
import type { Notification, NotificationType } from "./schema.ts";
import type { NotificationRow } from "./tables.ts";

/** What a notification says. */
export type NotificationText = Pick<Notification, "title" | "body" | "data">;

/**
 * A type of notification that is about a message and made by `notify`. It is read by its own flag alone, which is set
 * when its user reads on in the chat.
 */
export interface CustomType {
  type: NotificationType;
  /**
   * What notifications of this type say now, by their ids, in few statements for all of `rows`. One that is not in there
   * has nothing to say any more, and is not shown.
   */
  render(read: Read, rows: NotificationRow[]): Promise<ReadonlyMap<number, NotificationText>>;
}

export const customTypes = new ExtensionPoint<CustomType>();

export function isCustom(type: NotificationType): boolean {
  return customTypes.values.some((one) => one.type === type);
}

/** What those of `rows` that have a custom type say, by their ids. */
export async function customTexts(
  read: Read,
  rows: NotificationRow[],
): Promise<Map<number, NotificationText>> {
  const texts = new Map<number, NotificationText>();
  for (const { type, render } of customTypes.values) {
    const own = rows.filter((row) => row.type === type);
    if (own.length === 0) continue;
    for (const [id, text] of await render(read, own)) texts.set(id, text);
  }
  return texts;
}
