/**
 * What can be started, or installs what can be: most people have no reason to send it, and those who do harm have. By
 * content alone: a name that ends in `.bat` is a text, and one that does not may be a program.
 */
import type { Contents } from "./contents.ts";
import { hasControls, isAt, text } from "./signatures.ts";

/** Whether it is a program or installs one. */
export async function isProgram(file: Contents): Promise<boolean> {
  return (
    isExecutable(file.head) ||
    isScript(file.head) ||
    isPackage(file.head) ||
    (await isWindowsInstaller(file)) ||
    (await isAppArchive(file)) ||
    (await isDiskImage(file))
  );
}

/** Mach-O of 32 and 64 bits in either order, of several processors (as Java's classes begin, too). */
const machO = ["\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf", "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe"];
const fatMachO = ["\xca\xfe\xba\xbe", "\xca\xfe\xba\xbf", "\xbe\xba\xfe\xca", "\xbf\xba\xfe\xca"];
/** What Windows starts by its header and its class. */
const shortcut = "L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F";

/** Of Linux, Windows, DOS and macOS. */
function isExecutable(head: Uint8Array): boolean {
  // A text may begin with "MZ".
  if (isAt(head, 0, "MZ")) return hasControls(head);
  return ["\x7fELF", ...machO, ...fatMachO, "dex\n0", shortcut].some((one) => isAt(head, 0, one));
}

/** By its first line, which names what runs it. */
function isScript(head: Uint8Array): boolean {
  const start = isAt(head, 0, "\xef\xbb\xbf") ? 3 : 0;
  const line = text(head, start, start + 64);
  // Voice notes (RFC 4867, 3558, 3952; SILK) begin alike, and sources in Rust with `#![`.
  return /^#![ \t]*[\w./~]/.test(line) && !/^#!(AMR|EVRC|SMV|SILK|iLBC)/.test(line);
}

/** Debian's, Red Hat's, Apple's, Flatpak's, Chrome's, an encrypted disk of macOS. */
const packages = [
  "!<arch>\ndebian",
  "\xed\xab\xee\xdb",
  "xar!",
  "flatpak\0",
  "xdg-app\0",
  "Cr24",
  "encrcdsa",
];

function isPackage(head: Uint8Array): boolean {
  return packages.some((one) => isAt(head, 0, one));
}

const installerClass = "\x10\x0c\0\0\0\0\0\xc0\0\0\0\0\0\0F";

/**
 * MSI, its patches and transforms: a compound file ([MS-CFB] 2.2, 2.6) like old Office's, of another class
 * ({000C1084-0000-0000-C000-000000000046} and its neighbours).
 */
async function isWindowsInstaller(file: Contents): Promise<boolean> {
  if (!isAt(file.head, 0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) return false;
  const header = new DataView(file.head.slice(0, 64).buffer);
  if (header.byteLength < 64) return false;
  const sector = header.getUint16(30, true) === 12 ? 4096 : 512;
  const root = (header.getUint32(48, true) + 1) * sector;
  const classId = text(await file.at(root + 80, 16), 0, 16);
  return "\x82\x84\x86".includes(classId.charAt(0)) && classId.endsWith(installerClass);
}

/** Of Android, Java, Windows. A program inside an archive of another kind has to be taken out first. */
const tellingEntries = [
  "AndroidManifest.xml",
  "META-INF/MANIFEST.MF",
  "AppxManifest.xml",
  "AppxMetadata/AppxBundleManifest.xml",
];
/** The end of a zip archive, its comment, and as much of the list of what is in it as there is room for. */
const directoryBytes = 65_536;

/** A zip archive that systems start or install as it is. */
async function isAppArchive(file: Contents): Promise<boolean> {
  if (!isAt(file.head, 0, "PK\x03\x04")) return false;
  const tail = await file.at(Math.max(0, file.size - directoryBytes), directoryBytes);
  const list = await file.at(directoryOf(tail), directoryBytes);
  return [file.head, list, tail].some((part) => tellingEntries.some((name) => hasEntry(part, name)));
}

/** Where the list of entries begins, by the last record (APPNOTE 4.3.16); behind every file where there is none. */
function directoryOf(tail: Uint8Array): number {
  const at = Buffer.from(tail.buffer, tail.byteOffset, tail.length).lastIndexOf(
    "PK\x05\x06",
    Infinity,
    "latin1",
  );
  if (at < 0 || at + 20 > tail.length) return Infinity;
  return new DataView(tail.buffer, tail.byteOffset).getUint32(at + 16, true);
}

/** An entry of just this name: before a file (APPNOTE 4.3.7), or in the list (4.3.12). */
function hasEntry(part: Uint8Array, name: string): boolean {
  const bytes = Buffer.from(part.buffer, part.byteOffset, part.length);
  for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1)) {
    if (isAt(part, at - 30, "PK\x03\x04") && part[at - 4] === name.length) return true;
    if (isAt(part, at - 46, "PK\x01\x02") && part[at - 18] === name.length) return true;
  }
  return false;
}

/** Of macOS (UDIF): what it is stands in its last 512 bytes. */
async function isDiskImage(file: Contents): Promise<boolean> {
  return isAt(await file.at(file.size - 512, 12), 0, "koly\0\0\0\x04\0\0\x02\0");
}
