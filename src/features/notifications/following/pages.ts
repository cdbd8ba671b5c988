import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { markChatRead } from "../reading/chat-read.ts";
import type { JobKind } from "../tables.ts";
import { called, uncalled } from "./calls.ts";
import { entered } from "./entered.ts";
import type { ChatJob, PageDone } from "./jobs.ts";
import { emptied, unread } from "./messages.ts";

const pages: Record<JobKind, typeof unread> = {
  entered,
  unread,
  called,
  uncalled,
  emptied,
  read: markChatRead,
};

/** Does the next page of a job, by what is so at this moment. */
export function doPage(kit: Kit, tx: Tx, job: ChatJob): Promise<PageDone> {
  return pages[job.kind](kit, tx, job);
}
