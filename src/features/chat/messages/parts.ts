/** What other features have to show in messages, or keep of them. */
import { ExtensionPoint } from "../../../core/extension-point.ts";
import type { Kit } from "../../../kit.ts";
import type { Read, Tx } from "../../../platform/db/database.ts";
import type { Message } from "./schema.ts";
import type { MessageRow } from "./store.ts";

export interface MessagePart {
  /** Of those of `ids` that have any, the fields of the message, by its id. Must be one statement for all. */
  load?(read: Read, ids: number[]): Promise<ReadonlyMap<number, Partial<Message>>>;
  /** Takes it out of a message that is being deleted. */
  erase(kit: Kit, tx: Tx, message: MessageRow): Promise<void>;
}

export const messageParts = new ExtensionPoint<MessagePart>();

/** By message, what there is of all parts. */
export async function loadParts(read: Read, ids: number[]): Promise<Map<number, Partial<Message>>> {
  const parts = new Map<number, Partial<Message>>();
  for (const part of messageParts.values) {
    const loaded = (await part.load?.(read, ids)) ?? [];
    for (const [id, fields] of loaded) parts.set(id, { ...parts.get(id), ...fields });
  }
  return parts;
}

export async function eraseParts(kit: Kit, tx: Tx, message: MessageRow): Promise<void> {
  for (const part of messageParts.values) await part.erase(kit, tx, message);
}
