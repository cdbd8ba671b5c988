import type { Caller } from "../calls.ts";
import type { Environment } from "../environment.ts";
import { ParleyError } from "../errors.ts";
import { upload } from "../files/upload.ts";
import { putEntry } from "../replica/changes.ts";
import type { Replica } from "../replica/replica.ts";
import type { Sync } from "../replica/sync.ts";
import type { Store } from "../store/store.ts";
import type { Media, SentType } from "../wire.ts";
import { isUploadOver } from "./age.ts";
import type { EntryFile, SendEntry } from "./entry.ts";

interface Parts {
  caller: Caller;
  environment: Environment;
  replica: Replica;
  store: Store;
  sync: Sync;
}

/**
 * Uploads the files of an entry that are not on the server yet, or were for so long that it has forgotten them; each is
 * noted as soon as it is there. `sent` is told how much has gone, from 0 to 1.
 */
export async function uploadFiles(
  parts: Parts,
  entry: SendEntry,
  signal: AbortSignal,
  sent: (part: number) => void,
): Promise<Pick<SendEntry, "files" | "content_type">> {
  const { environment, sync, replica } = parts;
  const files = [...entry.files];
  const of = files.reduce((sum, one) => sum + one.size, 0);
  let before = 0;
  for (const [i, file] of files.entries()) {
    if (!isUploaded(file, environment.now())) {
      const media = await uploadOne(parts, file, signal, (bytes) => sent((before + bytes) / of));
      files[i] = {
        ...file,
        media_id: media.id,
        uploaded_at: environment.now(),
        media_type: media.media_type,
      };
      const now = replica.outbox.get(entry.key);
      if (now?.kind === "send") {
        await sync.write([putEntry({ ...now, files: [...files] })]);
      }
    }
    before += file.size;
  }
  return { files, content_type: entry.content_type ?? typeOf(files) };
}

function isUploaded({ media_id, uploaded_at }: EntryFile, now: number): boolean {
  return media_id !== undefined && !isUploadOver(uploaded_at ?? 0, now);
}

async function uploadOne(
  { caller, environment, store }: Parts,
  { id, name }: EntryFile,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<Media> {
  const blob = await store.file(id);
  if (!blob) throw new ParleyError("file_missing", `${name} is no longer there to be sent.`);
  const [media] = await upload(caller, environment, [{ name, blob }], { signal, onProgress });
  if (!media) throw new ParleyError("no_answer", "The server did not say what it has.");
  return media;
}

/** A message of pictures alone is a picture to its readers, and so on; what is mixed is files. */
function typeOf(files: readonly EntryFile[]): SentType {
  const types = new Set(files.map((one) => one.media_type));
  const [only] = types;
  if (only === undefined) return "text";
  return types.size === 1 && (only === "image" || only === "video" || only === "audio") ? only : "file";
}
