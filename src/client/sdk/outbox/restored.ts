import { dropEntry, putEntry } from "../replica/changes.ts";
import type { Replica } from "../replica/replica.ts";
import type { Change } from "../replica/rows.ts";
import type { Entry } from "./entry.ts";

const refusal = {
  code: "epoch_changed",
  detail: "The server has been restored from a backup: this may be about another message by now.",
  errors: [],
} as const;

/**
 * What becomes of the outbox and of drafts when the server has another database than before: ids in it may have been given to
 * something else. Messages ask whether they are still meant, without what they reply to, and upload their files again; edits
 * and deletions fail; reactions, markers and what was taken back are dropped.
 */
export function numbersAnew({ outbox, drafts }: Replica): Change[] {
  return [
    ...[...outbox.values()].map(anew),
    ...[...drafts].map(([name, { text, kept_at }]): Change => ({
      kind: "draft",
      at: [name],
      value: { text, kept_at },
    })),
  ];
}

function anew(entry: Entry): Change {
  if (entry.kind === "react" || entry.kind === "read") return dropEntry(entry.key);
  if (entry.kind !== "send") return putEntry({ ...entry, state: "failed", refusal });
  if (entry.is_removed) return dropEntry(entry.key);
  const { reply_to, ...others } = entry;
  return putEntry({
    ...others,
    behind: 0,
    // It names its files by their old numbers.
    sealed: entry.files.length > 0 ? undefined : entry.sealed,
    // One that is still being sent has no number yet.
    ...(typeof reply_to === "string" && { reply_to }),
    state: entry.state === "failed" ? "failed" : "asks",
  });
}
