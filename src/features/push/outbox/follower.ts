import { audienceId, type EventDefinition } from "../../../events/event.ts";
import type { Follower } from "../../../events/followers.ts";
import type { JournalRow } from "../../../events/journal.ts";
import { type Done, type Task, taskFollower } from "../../../events/work.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { sessionsEnded } from "../../accounts/index.ts";
import { chatRead, chatRemoved, messageDeleted, messageFilled, newMessage } from "../../chat/index.ts";
import { mentionNotification, notification, notificationsRead } from "../../notifications/index.ts";
import { forgetEndedDevices } from "../devices/ended.ts";
import { hasDevices } from "../devices/store.ts";
import { afterDeletion, afterReading } from "./gone.ts";
import { tellOfMessages } from "./messages.ts";
import { tellOfNotifications } from "./notifications.ts";

const types = [
  sessionsEnded,
  newMessage,
  messageFilled,
  messageDeleted,
  mentionNotification,
  notification,
  notificationsRead,
  chatRead,
  chatRemoved,
].map((one) => one.type);

/**
 * Follows what happens and writes into the outbox what devices are to be told of, and what they show that is gone. What is
 * told in the end is decided when it is sent.
 */
export function pushFollower(kit: Kit): Follower {
  return taskFollower(kit, { name: "push", types, plan: (rows) => [(tx) => begin(kit, tx, rows)] });
}

async function begin(kit: Kit, tx: Tx, rows: JournalRow[]): Promise<Done> {
  if (!(await hasDevices(tx))) return { rows: 1 };
  const byType = Map.groupBy(rows, (row) => row.type);
  const of = (...events: Pick<EventDefinition, "type">[]) =>
    events.flatMap((one) => byType.get(one.type) ?? []);
  const refs = (found: JournalRow[]) => new Set(found.map((row) => row.ref));
  const next: Task[] = [
    ...of(sessionsEnded).map((row) => forgetEndedDevices(audienceId(row.audience))),
    ...(await tellOfMessages(kit, tx, refs(of(newMessage, messageFilled)))),
    ...(await tellOfNotifications(kit, tx, refs(of(mentionNotification, notification)))),
    ...afterReading(kit, of(chatRead, chatRemoved, notificationsRead)),
    ...(await afterDeletion(kit, tx, refs(of(messageDeleted)))),
  ];
  return { rows: 1, next };
}
