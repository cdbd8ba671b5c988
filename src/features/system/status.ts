import type { z } from "zod";

import type { Actor } from "../../core/actor.ts";
import { type Kit, perKit } from "../../kit.ts";
import { countUsers, requireActor } from "../accounts/index.ts";
import { countChats, countMessages } from "../chat/index.ts";
import { countFiles } from "../files/index.ts";
import { channelsOn } from "../push/index.ts";
import { getHealth } from "./health.ts";
import type { Status } from "./schema.ts";

type Counts = Pick<z.infer<typeof Status>, "users" | "chats" | "messages" | "media_files" | "media_bytes">;

/** One count for all who ask within a few seconds. */
const countedForMilliseconds = 5000;

/** The last counts of this server, and when they were asked for. */
const lastCounts = perKit((): { at: number; counts?: Promise<Counts> } => ({ at: -Infinity }));

/** Whether the server works; for those who are signed in how much it has of everything. Errors: `unauthorized`. */
export async function getStatus(kit: Kit, actor: Actor | undefined): Promise<z.infer<typeof Status>> {
  const short = { status: getHealth(kit).status, version: kit.release.version };
  if (!actor) return short;
  await kit.db.read((read) => requireActor(read, actor));
  return {
    ...short,
    ...(await counts(kit)),
    online_users: kit.presence.size,
    connections: kit.sockets.size,
    database_bytes: kit.db.size(),
    push_channels: channelsOn(kit),
  };
}

function counts(kit: Kit): Promise<Counts> {
  const last = lastCounts(kit);
  const now = kit.clock.monotonic();
  if (last.counts && now - last.at < countedForMilliseconds) return last.counts;
  const counting = count(kit);
  Object.assign(last, { at: now, counts: counting });
  counting.catch(() => {
    if (last.counts === counting) delete last.counts;
  });
  return counting;
}

function count(kit: Kit): Promise<Counts> {
  return kit.db.readInThread(async (read) => {
    const kept = await countFiles(read);
    return {
      users: await countUsers(read),
      chats: await countChats(read),
      messages: await countMessages(read),
      media_files: kept.files,
      media_bytes: kept.bytes,
    };
  });
}
