import { putEntry } from "../replica/changes.ts";
import type { Replica } from "../replica/replica.ts";
import type { Change } from "../replica/rows.ts";
import type { Entry } from "./entry.ts";

const day = 24 * 3600 * 1000;

/**
 * The server remembers a `client_id` for 30 days: what may have been sent longer ago is looked for before it is repeated. Some days
 * sooner, because clocks are wrong.
 */
export function isForgotten({ created_at, was_sent }: Entry, now: number): boolean {
  return was_sent && Math.abs(now - created_at) > 25 * day;
}

/** An upload waits for its message for 24 hours. */
export function isUploadOver(uploadedAt: number, now: number): boolean {
  return Math.abs(now - uploadedAt) > 23 * 3600 * 1000;
}

/** After a start: what was under way waits again; what people wrote more than a day ago asks whether it is still meant. */
export function restart({ outbox }: Replica, now: number): Change[] {
  return [...outbox.values()].flatMap((entry): Change[] => {
    if (entry.state === "failed" || entry.state === "asks") return [];
    const isAsked =
      entry.kind === "send" ? !entry.is_removed : entry.kind !== "react" && entry.kind !== "read";
    const isOld = now - entry.created_at > day && isAsked;
    const state = isOld ? "asks" : "waiting";
    if (state === entry.state) return [];
    return [putEntry({ ...entry, state })];
  });
}
