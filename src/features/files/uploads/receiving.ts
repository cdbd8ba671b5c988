/** Files on their way in: written while they come, and looked at as far as it takes to know what they are. */
import { ChatError, type ErrorCode, invalid } from "../../../core/errors.ts";
import type { Form, FormPart } from "../../../feature.ts";
import type { Kit } from "../../../kit.ts";
import type { Incoming } from "../../../platform/blobs/blobs.ts";
import { filesPerMessage } from "../schema.ts";
import { Contents, Head } from "./contents.ts";
import { mostBytes, mostBytesOfAny } from "./limits.ts";
import { shownName } from "./names.ts";
import { isProgram } from "./programs.ts";
import type { Reservation } from "./quota.ts";
import { typeOf } from "./signatures.ts";
import { isContainer, withTracks } from "./tracks.ts";
import { contradicts, type FileType, isKnown, sealed } from "./types.ts";

/** Of the name of a type (RFC 6838, 4.2); longer ones are none. */
const longestType = 255;

/** What every call that brings files may refuse. */
export const uploadErrors: ErrorCode[] = [
  "file_too_large",
  "type_not_allowed",
  "type_mismatch",
  "quota_exceeded",
];

type FilePart = Extract<FormPart, { bytes: unknown }>;

export interface Received {
  incoming: Incoming;
  name: string;
  declared: string;
  size: number;
  sha256: string;
  /** Undefined for what is encrypted: nobody looks into it. */
  found: Found | undefined;
}

/** What its content is. */
interface Found {
  type: FileType;
  isKnown: boolean;
  isProgram: boolean;
}

/** The files of a form and its other fields. */
export interface ReceivedForm {
  files: [Received, ...Received[]];
  fields: ReadonlyMap<string, string>;
}

/** Receives the files of one message. Errors: as `receiveForm`. */
export function receiveUpload(kit: Kit, form: Form, reservation: Reservation): Promise<ReceivedForm> {
  return receiveForm(kit, form, reservation, { field: "files", most: filesPerMessage });
}

/**
 * Receives a form with at most so many files in this field. What has been received is discarded when anything is wrong.
 * Errors: `validation`, `file_too_large`, `quota_exceeded`, `storage_full`, `malformed_form`.
 */
export async function receiveForm(
  kit: Kit,
  form: Form,
  reservation: Reservation,
  { field, most }: { field: string; most: number },
): Promise<ReceivedForm> {
  const files: Received[] = [];
  const fields = new Map<string, string>();
  try {
    for await (const part of form) {
      if (!("bytes" in part)) {
        fields.set(part.field, part.value);
        continue;
      }
      if (part.field !== field) throw invalid(part.field, `is not a field for files; use ${field}`);
      if (files.length === most) throw invalid(field, `has more than ${most} files`);
      files.push(await receive(kit, part, reservation, isEncrypted(fields)));
    }
    const [first, ...others] = files;
    if (!first) throw invalid(field, "is missing");
    return { files: [first, ...others], fields };
  } catch (error) {
    await discard(files);
    throw error;
  }
}

export async function discard(files: readonly Received[]): Promise<void> {
  await Promise.all(files.map((one) => one.incoming.discard()));
}

/** What the form says of its files, as far as it has come; clients in Python write `True`. Errors: `validation`. */
export function isEncrypted(fields: ReadonlyMap<string, string>): boolean {
  const given = (fields.get("encrypted") ?? "").toLowerCase();
  if (["false", "0", ""].includes(given)) return false;
  if (["true", "1", "on"].includes(given)) return true;
  throw invalid("encrypted", "must be true or false");
}

async function receive(
  { blobs, settings }: Kit,
  part: FilePart,
  reservation: Reservation,
  encrypted: boolean,
): Promise<Received> {
  const head = new Head();
  const incoming = await blobs.receive();
  try {
    let received = 0;
    let most = mostOf(settings, encrypted ? sealed : undefined);
    for await (const chunk of part.bytes) {
      received += chunk.length;
      // What is encrypted may look like anything; that is known only where the form says so before.
      if (head.add(chunk) && !encrypted) most = mostOf(settings, typeOf(head.bytes));
      if (received > most) throw tooLarge(most);
      reservation.add(chunk.length);
      await incoming.write(chunk);
    }
    const { size, sha256 } = await incoming.finish();
    const declared = part.type.slice(0, longestType).toLowerCase();
    const contents = new Contents(head.bytes, size, (from, to) => incoming.read(from, to));
    const found = encrypted ? undefined : await identify(contents);
    return { incoming, name: shownName(part.name), declared, size, sha256, found };
  } catch (error) {
    await incoming.discard();
    throw error;
  }
}

/** How large a file of a type may be. As long as nobody knows what it is, it may be of the largest kind. */
function mostOf(settings: Kit["settings"], type: FileType | undefined): number {
  if (!type || !isKnown(type)) return mostBytesOfAny(settings);
  return isContainer(type)
    ? Math.max(mostBytes(settings, "audio"), mostBytes(settings, "video"))
    : mostBytes(settings, type.kind);
}

async function identify(file: Contents): Promise<Found> {
  const type = typeOf(file.head);
  // First: a film that leads nowhere may use up all looks.
  const found = { isProgram: await isProgram(file), isKnown: isKnown(type) };
  return { ...found, type: await withTracks(type, file) };
}

/** As what a file is accepted. Errors: `type_not_allowed`, `type_mismatch`, `file_too_large`. */
export function requireType(settings: Kit["settings"], file: Received, encrypted: boolean): FileType {
  const type = encrypted ? sealed : requireAccepted(settings, file);
  const most = mostBytes(settings, type.kind);
  if (file.size > most) throw tooLarge(most, type.kind);
  return type;
}

function requireAccepted(settings: Kit["settings"], { found, declared, name }: Received): FileType {
  if (!found) throw invalid("encrypted", "must not be taken back behind the files");
  const { type, isKnown, isProgram } = found;
  const what = name || "the file";
  if (isProgram && settings.programs === "refuse") {
    throw new ChatError(
      "type_not_allowed",
      `This file type is not accepted: ${what} is a program or an installer.`,
    );
  }
  if (!isKnown && settings.fileTypes === "known") {
    throw new ChatError("type_not_allowed", `This file type is not accepted: ${what} is of an unknown type.`);
  }
  if (contradicts(declared, type)) {
    throw new ChatError(
      "type_mismatch",
      `${name || "The file"} is ${type.types[0]}, declared as ${declared}.`,
    );
  }
  return type;
}

function tooLarge(most: number, kind?: FileType["kind"]): ChatError {
  const what = kind ? `A file of the kind ${kind}` : "A file";
  return new ChatError("file_too_large", `${what} may have at most ${most} bytes.`);
}
