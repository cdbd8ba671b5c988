import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import type { PushSettings, UpdatePushSettings } from "../schema.ts";
import { findSettings, type PushSettingsRow, putSettings, usualSettings } from "./store.ts";
import { viewSettings } from "./view.ts";

/** What is absent stays. */
export function updateSettings(kit: Kit, actor: Actor, input: UpdatePushSettings): Promise<PushSettings> {
  return kit.db.transact(async (tx) => {
    const { id: userId } = await requireActor(tx, actor);
    const before = (await findSettings(tx, [userId])).get(userId) ?? usualSettings;
    const row = { ...before, ...changeOf(input), userId };
    await putSettings(tx, row);
    return viewSettings(row, kit.clock.now());
  });
}

function changeOf({
  push_content: content,
  do_not_disturb_until: until,
  quiet_hours: quiet,
}: UpdatePushSettings): Partial<PushSettingsRow> {
  return {
    ...(content && { content }),
    ...(until !== undefined && { doNotDisturbUntil: until === null ? null : Date.parse(until) }),
    ...(quiet !== undefined && {
      quietFrom: quiet?.from ?? null,
      quietTo: quiet?.to ?? null,
      timeZone: quiet?.time_zone ?? null,
    }),
  };
}
