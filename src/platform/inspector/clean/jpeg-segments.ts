/** What application segments of a JPEG are, by their code and how they begin. */

/** How to show the picture: sizes, colours, further pictures (CIPA DC-007, ISO 21496-1), views for two eyes. */
const shows: Record<number, readonly string[]> = {
  0xe0: ["JFIF\0", "AVI1"],
  0xe2: ["ICC_PROFILE\0", "MPF\0", "urn:iso:std:iso:ts:21496:"],
  0xe3: ["_JPSJPS_", "Stim\0"],
  0xe8: ["SPIFF\0"],
  0xee: ["Adobe"],
};

/** What cameras and programs say about it, with small copies of it. XMP's extension is one that nothing reads alone. */
const tells: Record<number, readonly string[]> = {
  0xe0: ["JFXX\0"],
  0xe1: ["Exif\0", "http://ns.adobe.com/xap/", "http://ns.adobe.com/xmp/extension/\0", "XMP\0"],
  0xe3: ["Meta\0\0", "META\0\0", "Exif\0\0"],
  0xe4: ["SCALADO\0"],
  0xe5: ["RMETA\0", "ssuniqueid\0"],
  0xe6: ["EPPIM\0", "NTIF\0", "GoPro\0"],
  0xe7: ["PENTAX \0", "HUAWEI\0\0", "\x1aQualcomm Camera Attributes"],
  0xe9: ["Media Jukebox\0"],
  0xea: ["UNICODE\0"],
  0xec: ["Ducky", "[picture info]", "\0\0\0\0[picture info]"],
  0xed: ["Photoshop 3.0\0", "Adobe_Photoshop2.5", "Adobe_CM"],
  0xef: ["Q "],
};

const comment = 0xfe;
/** Beyond the codes of the picture itself (ITU-T T.81, table B.1) stand APPn, JPGn and COM. */
const firstApplication = 0xe0;

/** What to do with a segment: it belongs to the picture, is about it, or nobody here knows. */
export function verdictOf(code: number, body: Buffer): "shows" | "tells" | "unknown" {
  if (code < firstApplication) return "shows";
  if (code === comment) return "tells";
  if (startsWith(body, shows[code])) return "shows";
  if (startsWith(body, tells[code]) || isRawInJpeg(code, body)) return "tells";
  // As this program leaves what it has emptied.
  return body.every((byte) => byte === 0) ? "shows" : "unknown";
}

function startsWith(body: Buffer, beginnings: readonly string[] = []): boolean {
  return beginnings.some((one) => body.toString("latin1", 0, one.length) === one);
}

/** Canon's CIFF: an order of bytes, a length, and its name. */
function isRawInJpeg(code: number, body: Buffer): boolean {
  return code === 0xe0 && body.toString("latin1", 6, 14) === "HEAPJPGM";
}
