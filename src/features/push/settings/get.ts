import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import type { PushSettings } from "../schema.ts";
import { findSettings, usualSettings } from "./store.ts";
import { viewSettings } from "./view.ts";

/** What somebody wants of push, on all their devices. */
export function getSettings(kit: Kit, actor: Actor): Promise<PushSettings> {
  return kit.db.read(async (read) => {
    const me = await requireActor(read, actor);
    const row = (await findSettings(read, [me.id])).get(me.id) ?? usualSettings;
    return viewSettings(row, kit.clock.now());
  });
}
