/** Files on their way in: written while they come, and looked at as far as it takes to know what they are. */
import { ChatError, invalid } from "../../core/errors.ts";
import type { Form, FormPart } from "../../core/feature.ts";
import type { Blobs, Incoming } from "../../platform/blobs/blobs.ts";
import type { MediaLimits } from "./deps.ts";
import { shownName } from "./names.ts";
import type { Place } from "./room.ts";
import { headBytes, typeOf } from "./signatures.ts";
import { contradicts, type FileType, sealed } from "./types.ts";

type FilePart = Extract<FormPart, { bytes: unknown }>;

export interface Received {
  incoming: Incoming;
  name: string;
  declared: string;
  size: number;
  sha256: string;
  /** What its content is; undefined for what is not taken. */
  found: FileType | undefined;
}

export interface ReceivingDeps {
  blobs: Blobs;
  limits: MediaLimits;
}

/** The files of a form and its other fields. What has been received is discarded when anything is wrong. */
export async function receiveForm(
  deps: ReceivingDeps,
  form: Form,
  place: Place,
  { field, most }: { field: string; most: number },
): Promise<{ files: Received[]; fields: Map<string, string> }> {
  const files: Received[] = [];
  const fields = new Map<string, string>();
  try {
    for await (const part of form) {
      if (!("bytes" in part)) {
        fields.set(part.field, part.value);
        continue;
      }
      if (part.field !== field) throw invalid(part.field, `is no field for files; they go into ${field}`);
      if (files.length === most) throw invalid(field, `has more than ${most}`);
      files.push(await receive(deps, part, place, isEncrypted(fields)));
    }
    if (files.length === 0) throw invalid(field, "is missing");
    return { files, fields };
  } catch (error) {
    await discard(files);
    throw error;
  }
}

export async function discard(files: Received[]): Promise<void> {
  await Promise.all(files.map((one) => one.incoming.discard()));
}

/** What the form says of its files, as far as it has come. Errors: `validation`. */
export function isEncrypted(fields: ReadonlyMap<string, string>): boolean {
  const given = fields.get("encrypted") ?? "";
  if (["false", "0", ""].includes(given)) return false;
  if (["true", "1", "on"].includes(given)) return true;
  throw invalid("encrypted", "must be true or false");
}

/** Errors: `file_too_large`, `quota_exceeded`, `storage_full`, `malformed_form`. */
async function receive(
  { blobs, limits }: ReceivingDeps,
  part: FilePart,
  place: Place,
  encrypted: boolean,
): Promise<Received> {
  const { perFile } = limits;
  const head = new Head();
  const incoming = await blobs.receive();
  try {
    let received = 0;
    // As long as nobody knows what it is, it may be of the largest kind.
    let kind: FileType["kind"] | undefined;
    let most = encrypted ? perFile.other : Math.max(...Object.values(perFile));
    for await (const chunk of part.bytes) {
      received += chunk.length;
      // What is encrypted may look like anything; that is known only where the form says so before.
      const type = head.add(chunk) && !encrypted ? typeOf(head.bytes) : undefined;
      if (type) [kind, most] = [type.kind, perFile[type.kind]];
      if (received > most) throw tooLarge(most, kind);
      place.take(chunk.length);
      await incoming.write(chunk);
    }
    const { size, sha256 } = await incoming.finish();
    const declared = part.type.toLowerCase();
    return { incoming, name: shownName(part.name), declared, size, sha256, found: typeOf(head.bytes) };
  } catch (error) {
    await incoming.discard();
    throw error;
  }
}

/** The beginning of a file. */
class Head {
  readonly #bytes = new Uint8Array(headBytes);
  #length = 0;

  /** True for the one that completes it. */
  add(chunk: Uint8Array): boolean {
    if (this.#length === headBytes) return false;
    const more = chunk.subarray(0, headBytes - this.#length);
    this.#bytes.set(more, this.#length);
    this.#length += more.length;
    return this.#length === headBytes;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/**
 * As what a file is taken. Errors: `type_not_allowed`, `type_mismatch`, `file_too_large`.
 */
export function requireType(file: Received, encrypted: boolean, limits: MediaLimits): FileType {
  const type = encrypted ? sealed : requireKnown(file);
  if (file.size > limits.perFile[type.kind]) throw tooLarge(limits.perFile[type.kind], type.kind);
  return type;
}

/** Errors: `type_not_allowed`, `type_mismatch`. */
function requireKnown(file: Received): FileType {
  const { found, declared, name } = file;
  if (!found) throw new ChatError("type_not_allowed", `${name || "The file"} is of no type that is taken.`);
  if (contradicts(declared, found)) {
    throw new ChatError("type_mismatch", `${name || "The file"} is ${found.types[0]}, not ${declared}.`);
  }
  return found;
}

function tooLarge(most: number, kind?: FileType["kind"]): ChatError {
  return new ChatError(
    "file_too_large",
    `A file${kind ? ` of the kind ${kind}` : ""} may have ${most} bytes.`,
  );
}
