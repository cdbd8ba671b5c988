import { ChatError } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import type { Item } from "../../files/index.ts";

/** The bytes of what `find` finds, under the key that `keyOf` names of it. Errors: theirs, and `not_found`. */
export async function openBlob(
  { blobs }: Kit,
  find: () => Promise<Item>,
  keyOf: (item: Item) => string,
): Promise<{ item: Item; key: string; blob: Blob }> {
  for (let before: string | undefined; ;) {
    const item = await find();
    const key = keyOf(item);
    const blob = await blobs.open(key);
    if (blob) return { item, key, blob };
    // Its clean form may have taken its place between the two lines above.
    if (key === before) throw new ChatError("not_found");
    before = key;
  }
}
