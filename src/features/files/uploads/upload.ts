import type { Actor } from "../../../core/actor.ts";
import type { Form } from "../../../feature.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import type { Media } from "../schema.ts";
import { insertUploads, keepUploads } from "./accept.ts";
import { quota, usageOf } from "./quota.ts";
import { receiveUpload } from "./receiving.ts";

/**
 * Takes files in, all of a form or none; they wait for their message. Errors: those of the form and of each file,
 * `rate_limited`, `quota_exceeded`.
 */
export async function upload(kit: Kit, actor: Actor, form: Form): Promise<Media[]> {
  const usage = await kit.db.read(async (read) => {
    await requireActor(read, actor);
    return usageOf(read, actor.userId);
  });
  using reservation = quota(kit).reserve(actor.userId, usage);
  const received = await receiveUpload(kit, form, reservation);
  return await keepUploads(kit, received, async (tx, accepted) => {
    const uploader = await requireActor(tx, actor);
    return insertUploads(kit, tx, uploader.id, accepted);
  });
}
