/** Files on their way in: written while they come, and looked at as far as it takes to know what they are. */
import { ChatError, invalid } from "../../core/errors.ts";
import type { Form, FormPart } from "../../core/feature.ts";
import type { Blobs, Incoming } from "../../platform/blobs/blobs.ts";
import type { MediaLimits } from "./deps.ts";
import { shownName } from "./names.ts";
import type { Place } from "./room.ts";
import { Contents, Head } from "./contents.ts";
import { isProgram } from "./programs.ts";
import { typeOf } from "./signatures.ts";
import { isContainer, withTracks } from "./tracks.ts";
import { contradicts, type FileType, isKnown, sealed } from "./types.ts";

/** Of the name of a type (RFC 6838, 4.2); longer ones are none. */
const longestType = 255;

type FilePart = Extract<FormPart, { bytes: unknown }>;

export interface Received {
  incoming: Incoming;
  name: string;
  declared: string;
  size: number;
  sha256: string;
  found: Found;
}

/** What its content is. */
interface Found {
  type: FileType;
  isKnown: boolean;
  isProgram: boolean;
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

/** What the form says of its files, as far as it has come; clients in Python write `True`. Errors: `validation`. */
export function isEncrypted(fields: ReadonlyMap<string, string>): boolean {
  const given = (fields.get("encrypted") ?? "").toLowerCase();
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
  const head = new Head();
  const incoming = await blobs.receive();
  try {
    let received = 0;
    let most = mostOf(limits, encrypted ? sealed : undefined);
    for await (const chunk of part.bytes) {
      received += chunk.length;
      // What is encrypted may look like anything; that is known only where the form says so before.
      if (head.add(chunk) && !encrypted) most = mostOf(limits, typeOf(head.bytes));
      if (received > most) throw tooLarge(most);
      place.take(chunk.length);
      await incoming.write(chunk);
    }
    const { size, sha256 } = await incoming.finish();
    const declared = part.type.slice(0, longestType).toLowerCase();
    const found = await identify(new Contents(head.bytes, size, (from, to) => incoming.read(from, to)));
    return { incoming, name: shownName(part.name), declared, size, sha256, found };
  } catch (error) {
    await incoming.discard();
    throw error;
  }
}

/** How large a file of a type may be. As long as nobody knows what it is, it may be of the largest kind. */
function mostOf({ perFile }: MediaLimits, type: FileType | undefined): number {
  if (!type || !isKnown(type)) return Math.max(...Object.values(perFile));
  return isContainer(type) ? Math.max(perFile.audio, perFile.video) : perFile[type.kind];
}

async function identify(file: Contents): Promise<Found> {
  const type = typeOf(file.head);
  // First: a film that leads nowhere may use up all looks.
  const found = { isProgram: await isProgram(file), isKnown: isKnown(type) };
  return { ...found, type: await withTracks(type, file) };
}

/**
 * As what a file is taken. Errors: `type_not_allowed`, `type_mismatch`, `file_too_large`.
 */
export function requireType(file: Received, encrypted: boolean, limits: MediaLimits): FileType {
  const type = encrypted ? sealed : requireTaken(file, limits);
  if (file.size > limits.perFile[type.kind]) throw tooLarge(limits.perFile[type.kind], type.kind);
  return type;
}

/** Errors: `type_not_allowed`, `type_mismatch`. */
function requireTaken({ found, declared, name }: Received, limits: MediaLimits): FileType {
  const { type, isKnown, isProgram } = found;
  const what = name || "The file";
  if (isProgram && !limits.takesPrograms) {
    throw new ChatError("type_not_allowed", `${what} is a program, or installs one.`);
  }
  if (!isKnown && !limits.takesUnknown) {
    throw new ChatError("type_not_allowed", `${what} is of no type that is taken.`);
  }
  if (contradicts(declared, type)) {
    throw new ChatError("type_mismatch", `${what} is ${type.types[0]}, not ${declared}.`);
  }
  return type;
}

function tooLarge(most: number, kind?: FileType["kind"]): ChatError {
  return new ChatError(
    "file_too_large",
    `A file${kind ? ` of the kind ${kind}` : ""} may have ${most} bytes.`,
  );
}
