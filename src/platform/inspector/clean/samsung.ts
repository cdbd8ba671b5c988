/**
 * What phones of Samsung put behind a picture: blocks, each with its name, and at the end a directory (SEFH … SEFT) that
 * says how far before it they start. It is documented by programs that read it (ExifTool, Samsung trailer tags).
 */
import type { Source } from "../source.ts";

export interface SamsungBlock {
  name: string;
  /** Of all of it. */
  start: number;
  /** Of what stands behind its name. */
  from: number;
  to: number;
}

const words = (text: string) => new Set(text.split(" "));
/** When, in which country and how it was taken, and what was done to it since. */
export const tells = words(
  "Image_UTC_Data MCC_Data Camera_Capture_Mode_Info Camera_Scene_Info Burst_Shot_Info Front_Cam_Selfie_Info " +
    "Panorama_Shot_Info BackupRestore_Data Original_Path_Hash_Key",
);
/** How to show it. */
export const saysNothing = words("Color_Display_P3 MotionPhoto_Version MotionPhoto_AutoPlay Photo_HDR_Info");

const head = 12;
const row = 12;
const mostBlocks = 256;
const longestName = 256;

export interface SamsungBlocks {
  blocks: SamsungBlock[];
  /** Where their directory starts, which goes on to the end. */
  directory: number;
}

/** The blocks behind `from`, where a directory is the last thing. */
export function readSamsung(source: Source, from: number): SamsungBlocks | undefined {
  const { size } = source;
  if (size - from < head + 8 || source.text(size - 4, 4) !== "SEFT") return undefined;
  const directory = size - 8 - little(source, size - 8);
  if (directory < from || directory + head > size || source.text(directory, 4) !== "SEFH") return undefined;
  const count = little(source, directory + 8);
  if (count > mostBlocks || directory + head + count * row > size) return undefined;
  const blocks: SamsungBlock[] = [];
  for (let i = 0; i < count; i++) {
    const entry = directory + head + i * row;
    const block = readBlock(source, directory - little(source, entry + 4), little(source, entry + 8));
    if (!block || block.to > directory || block.start < from) return undefined;
    blocks.push(block);
  }
  return { blocks, directory };
}

/** Two zeros, a type of two bytes, the length of the name, the name. */
function readBlock(source: Source, start: number, length: number): SamsungBlock | undefined {
  if (start < 0 || length < 8 || start + length > source.size) return undefined;
  const named = little(source, start + 4);
  if (named > longestName || 8 + named > length) return undefined;
  return { name: source.text(start + 8, named), start, from: start + 8 + named, to: start + length };
}

function little(source: Source, at: number): number {
  return source.view(at, 4).readUInt32LE();
}
