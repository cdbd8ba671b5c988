import { userAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import type { Findings } from "../../../platform/inspector/inspector.ts";
import { fileProcessed } from "../events.ts";
import { type FileRow, findFile, updateFile } from "../files-store.ts";
import { isAttached } from "../items-store.ts";
import { claimKeys, orphanKeys, releaseKeys } from "../orphans/orphans.ts";
import { addUsage, everybody } from "../usage-store.ts";

/** What is made of a file is kept under these. */
export interface Keys {
  clean: string;
  thumbnail: string;
}

/** What is known of a file now, and what has been made of it. */
export interface Outcome {
  findings: Findings;
  clean?: { key: string; size: number };
  /** Its key. */
  thumbnail?: string;
}

/** Writes it down, unless the file has been deleted meanwhile. Those whom it is attached to are told in time. */
export async function finish(kit: Kit, tx: Tx, id: number, keys: Keys, outcome: Outcome): Promise<void> {
  const before = await findFile(tx, id);
  if (before) {
    const after = changeOf(before, outcome, kit.settings.fileMetadata === "strip");
    await claimKeys(tx, [after.key, ...(after.thumbnailKey === null ? [] : [after.thumbnailKey])]);
    await updateFile(tx, id, after);
    if (after.key !== before.key) await orphanKeys(kit, tx, [before.key]);
    await addUsage(tx, everybody, { files: 0, bytes: after.size - before.size });
    // Whoever attaches it from here on sees what it is.
    if (await isAttached(tx, id)) {
      await kit.journal.record(tx, fileProcessed, userAudience(before.uploaderId), id, {});
    }
  }
  // What was not made, or for a file that is not there any more.
  await releaseKeys(kit, tx, Object.values(keys));
}

type Change = Pick<FileRow, "key" | "size" | "thumbnailKey"> & Partial<FileRow>;

function changeOf(before: FileRow, { findings, clean, thumbnail }: Outcome, cleans: boolean): Change {
  return {
    state: findings.failed === undefined ? "ready" : "failed",
    problem: findings.failed ?? null,
    kind: findings.kind ?? before.kind,
    width: findings.width ?? null,
    height: findings.height ?? null,
    duration: findings.duration ?? null,
    waveform: findings.waveform ?? null,
    isClean: before.isClean || isClean(findings) || (cleans ? false : null),
    key: clean?.key ?? before.key,
    size: clean?.size ?? before.size,
    // Browsers keep the one that there is: at its address there is never another.
    thumbnailKey: before.thumbnailKey ?? thumbnail ?? null,
  };
}

/** What is known of in it is out; where that may not be all, a ready one says so. */
function isClean({ cleaned, hasUnknown, failed }: Findings): boolean {
  return cleaned !== undefined && (!hasUnknown || failed !== undefined);
}
