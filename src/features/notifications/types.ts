/** What types of notifications there are besides those of messages, mentions and invitations: other features have them. */
import { ExtensionPoint } from "../../core/extension-point.ts";
import type { Read } from "../../platform/db/database.ts";
import type { Notification, NotificationType } from "./schema.ts";
import type { NotificationRow } from "./tables.ts";

/** What a notification says. */
export type NotificationText = Pick<Notification, "title" | "body" | "data">;

/** A type of notification about a message (`subjectId`), made by `notifyAbout`. */
export interface CustomType {
  type: NotificationType;
  /** The ids of those that still have something to say: others are not shown. One statement for all of `rows`. */
  findValid(read: Read, rows: NotificationRow[]): Promise<ReadonlySet<number>>;
  /** What valid ones say now, by their ids, in few statements for all of `rows`. */
  render(read: Read, rows: NotificationRow[]): Promise<ReadonlyMap<number, NotificationText>>;
}

export const customTypes = new ExtensionPoint<CustomType>();

export function isCustom(type: NotificationType): boolean {
  return customTypes.values.some((one) => one.type === type);
}

/** Those of custom types that still have something to say, by their ids. */
export async function validAmong(read: Read, rows: NotificationRow[]): Promise<Set<number>> {
  const valid = new Set<number>();
  for (const [type, own] of byType(rows)) for (const id of await type.findValid(read, own)) valid.add(id);
  return valid;
}

/** What those of custom types say, by their ids. */
export async function customTexts(
  read: Read,
  rows: NotificationRow[],
): Promise<Map<number, NotificationText>> {
  const texts = new Map<number, NotificationText>();
  for (const [type, own] of byType(rows)) {
    for (const [id, text] of await type.render(read, own)) texts.set(id, text);
  }
  return texts;
}

/** The custom types that there are any of. */
function byType(rows: NotificationRow[]): [CustomType, NotificationRow[]][] {
  return customTypes.values.flatMap((custom) => {
    const own = rows.filter((row) => row.type === custom.type);
    return own.length > 0 ? [[custom, own]] : [];
  });
}
