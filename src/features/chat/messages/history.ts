import type { Actor } from "../../../core/actor.ts";
import { invalid } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { requireActor } from "../../accounts/index.ts";
import { requireMember } from "../members/membership.ts";
import { markReceived } from "../receipts/mark.ts";
import { toMessages } from "./load.ts";
import type { History } from "./schema.ts";
import { findMessage, type MessageRow, pageAfter, pageBefore } from "./store.ts";

/** `before`, `after`, `around`: an anchor, the id of a message; only one of them. */
export interface HistoryInput {
  limit: number;
  before?: number | undefined;
  after?: number | undefined;
  around?: number | undefined;
}

type Anchor = "before" | "after" | "around";

interface Page {
  messages: MessageRow[];
  has_more_before: boolean;
  has_more_after: boolean;
}

/**
 * A page of a chat, oldest first: the newest one, which counts as received, or the one that an anchor names. Errors:
 * `not_found`, `validation`.
 */
export async function listMessages(
  kit: Kit,
  actor: Actor,
  chatId: number,
  input: HistoryInput,
): Promise<History> {
  const anchor = anchorOf(input);
  const { page, received } = await kit.db.read(async (read) => {
    await requireActor(read, actor);
    const { progress } = await requireMember(read, chatId, actor.userId);
    const page = await pageOf(read, chatId, input, anchor);
    const newest = page.messages.at(-1)?.id ?? 0;
    return {
      page: { ...page, messages: await toMessages(read, page.messages) },
      received: anchor === undefined && newest > progress.lastDeliveredId ? newest : undefined,
    };
  });
  if (received !== undefined) await markReceived(kit, actor, received);
  return page;
}

/** Errors: `validation` for several. */
function anchorOf(input: HistoryInput): Anchor | undefined {
  const [anchor, second] = (["before", "after", "around"] as const).filter(
    (name) => input[name] !== undefined,
  );
  if (second)
    throw invalid(`query.${second}`, "cannot be combined: give only one of before, after and around");
  return anchor;
}

async function pageOf(
  read: Read,
  chatId: number,
  { limit, ...ids }: HistoryInput,
  anchor: Anchor | undefined,
): Promise<Page> {
  const id = anchor && ids[anchor];
  if (anchor === undefined || id === undefined) return earlier(read, chatId, Number.MAX_SAFE_INTEGER, limit);
  const row = await findMessage(read, id);
  if (row?.chatId !== chatId) throw invalid(`query.${anchor}`, "is not a message of this chat");
  const page = { before: earlier, after: later, around };
  return page[anchor](read, chatId, row.seq, limit);
}

/** Messages up to, and without, `seq`. Numbers have no gap, so the ends tell whether there is more. */
async function earlier(read: Read, chatId: number, seq: number, limit: number): Promise<Page> {
  const messages = (await pageBefore(read, chatId, seq, limit)).reverse();
  return {
    messages,
    has_more_before: (messages[0]?.seq ?? 1) > 1,
    has_more_after: seq !== Number.MAX_SAFE_INTEGER,
  };
}

async function later(read: Read, chatId: number, seq: number, limit: number): Promise<Page> {
  const messages = await pageAfter(read, chatId, seq, limit + 1);
  return {
    messages: messages.slice(0, limit),
    has_more_before: true,
    has_more_after: messages.length > limit,
  };
}

/** The message itself and, as far as there are any, as many before it as after it. */
async function around(read: Read, chatId: number, seq: number, limit: number): Promise<Page> {
  const before = Math.floor((limit - 1) / 2);
  const first = before > 0 ? (await pageBefore(read, chatId, seq, before)).reverse() : [];
  const rest = await pageAfter(read, chatId, seq - 1, limit - first.length + 1);
  return {
    messages: [...first, ...rest.slice(0, limit - first.length)],
    has_more_before: (first[0]?.seq ?? seq) > 1,
    has_more_after: rest.length > limit - first.length,
  };
}
