/** What Photoshop keeps in a picture: a list of resources, each with a number (Photoshop File Formats, Image Resources). */

export const photoshopName = "Photoshop 3.0\0";

const signature = "8BIM";
/** Paths to cut the picture out by, and which of them is the one to use. */
const firstPath = 2000;
const lastPath = 2999;

/** The paths in a list, as a list of their own. One that is cut off is not among them. */
export function pathsIn(list: Buffer): Buffer {
  const paths: Buffer[] = [];
  for (let at = 0; list.toString("latin1", at, at + 4) === signature;) {
    // A number, a name after its length, the length of the data; both are padded to an even offset.
    const name = at + 6;
    if (name >= list.length) break;
    const length = name + even(1 + list.readUInt8(name));
    if (length + 4 > list.length) break;
    const data = length + 4;
    const end = data + even(list.readUInt32BE(length));
    if (end > list.length) break;
    const id = list.readUInt16BE(at + 4);
    if (id >= firstPath && id <= lastPath) paths.push(list.subarray(at, end));
    at = end;
  }
  return Buffer.concat(paths);
}

function even(bytes: number): number {
  return bytes + (bytes % 2);
}
