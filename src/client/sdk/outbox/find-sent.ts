import type { Caller } from "../calls.ts";
import { arrived } from "../replica/changes.ts";
import { loadMessages } from "../replica/load.ts";
import type { Replica } from "../replica/replica.ts";
import type { Sync } from "../replica/sync.ts";
import { isForgotten } from "./age.ts";
import type { SendEntry } from "./entry.ts";

/**
 * Whether a message is there that may have been sent longer ago than the server remembers its `client_id`: the history of the chat is
 * looked through, down to what was here when it was written. Then it leaves the outbox.
 */
export async function findSent(
  { caller, replica, sync }: { caller: Caller; replica: Replica; sync: Sync },
  entry: SendEntry,
  now: number,
): Promise<boolean> {
  if (!isForgotten(entry, now)) return false;
  for (let before: number | undefined, hasMore = true; hasMore;) {
    const anchor = before === undefined ? {} : { before };
    const page = await loadMessages(caller, entry.chat_id, anchor);
    const found = page.messages.find((one) => one.client_id === entry.key && one.sender_id === replica.myId);
    if (found) {
      await sync.write(arrived(replica, found));
      return true;
    }
    before = page.messages[0]?.id;
    hasMore = page.has_more_before && (before ?? 0) > entry.behind;
  }
  return false;
}
