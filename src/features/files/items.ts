import type { Kit } from "../../kit.ts";
import type { Tx } from "../../platform/db/database.ts";
import { deleteFile } from "./files-store.ts";
import { deleteItems, isUsed, type Item } from "./items-store.ts";
import { orphanKeys } from "./orphans/orphans.ts";
import { addUsage, everybody } from "./usage-store.ts";

/** Removes what was sent, and bytes that nothing has any more: these go when the transaction is on disk. */
export async function removeItems(kit: Kit, tx: Tx, items: Item[]): Promise<void> {
  if (items.length === 0) return;
  await deleteItems(
    tx,
    items.map(({ media }) => media.id),
  );
  for (const { media } of items) await addUsage(tx, media.uploaderId, { files: -1, bytes: -media.size });
  for (const file of new Map(items.map((item) => [item.file.id, item.file])).values()) {
    if (await isUsed(tx, file.id)) continue;
    await deleteFile(tx, file.id);
    await addUsage(tx, everybody, { files: -1, bytes: -file.size });
    await orphanKeys(kit, tx, [file.key, ...(file.thumbnailKey === null ? [] : [file.thumbnailKey])]);
  }
}
