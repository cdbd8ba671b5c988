import { hourly } from "../../../core/job.ts";
import { type Kit, perKit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { avatarsAt, isShownAnywhere } from "../../chat/index.ts";
import { orphanKeys } from "../../files/index.ts";
import { deleteAvatar, findAvatar, pageOfAvatars } from "./store.ts";

const batch = 100;

/** Removes the picture at this address if it is one of ours that neither a person nor a chat shows any more. */
export async function removeUnshown(kit: Kit, tx: Tx, address: string | null): Promise<void> {
  if (!address?.startsWith(avatarsAt) || (await isShownAnywhere(tx, address))) return;
  const avatar = await findAvatar(tx, Number(address.slice(avatarsAt.length)));
  if (!avatar) return;
  await deleteAvatar(tx, avatar.id);
  await orphanKeys(kit, tx, [avatar.key]);
}

/** Removes pictures that nobody shows any more: `avatar_url` may have been set to another address. */
export const avatarSweep = perKit((kit: Kit) => {
  const { db, clock, log } = kit;
  /** The last one looked at; 0 before the first. */
  let after = 0;
  return hourly({
    name: "avatar sweep",
    clock,
    log,
    async step() {
      const page = await db.transact((tx) => sweep(kit, tx, after));
      after = page.hasMore ? page.last : 0;
      return page.hasMore;
    },
  });
});

async function sweep(kit: Kit, tx: Tx, after: number): Promise<{ last: number; hasMore: boolean }> {
  const some = await pageOfAvatars(tx, after, batch);
  for (const { id } of some) await removeUnshown(kit, tx, `${avatarsAt}${id}`);
  return { last: some.at(-1)?.id ?? after, hasMore: some.length === batch };
}
