import type { Caller } from "../calls.ts";
import { arrived } from "../replica/changes.ts";
import { loadMessages } from "../replica/load.ts";
import type { Replica } from "../replica/replica.ts";
import type { Sync } from "../replica/sync.ts";
import { isForgotten } from "./age.ts";
import type { SendEntry } from "./entry.ts";

const hour = 3600 * 1000;

/**
 * Whether a message is there that may have been sent longer ago than the server remembers its `client_id`: its time is looked
 * through in the history of the chat. Then it leaves the outbox.
 */
export async function findSent(
  { caller, replica, sync }: { caller: Caller; replica: Replica; sync: Sync },
  entry: SendEntry,
  now: number,
): Promise<boolean> {
  if (!isForgotten(entry, now)) return false;
  const oldest = entry.created_at - hour;
  for (let before: number | undefined, hasMore = true; hasMore;) {
    const anchor = before === undefined ? {} : { before };
    const page = await loadMessages(caller, entry.chat_id, anchor);
    const found = page.messages.find((one) => one.client_id === entry.key && one.sender_id === replica.myId);
    if (found) {
      await sync.write(arrived(replica, found));
      return true;
    }
    const first = page.messages[0];
    before = first?.id;
    hasMore = page.has_more_before && Date.parse(first?.created_at ?? "") > oldest;
  }
  return false;
}
