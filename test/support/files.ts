/** Files that people send, for tests that are not about what is in them. */

export function note(text: string, name = "note.txt", type = "text/plain"): File {
  return new File([text], name, { type });
}

/** Text of so many bytes, another one for each seed. */
export function longNote(bytes: number, seed = "x", name = "long.txt"): File {
  return note(`${seed} `.repeat(Math.ceil(bytes / (seed.length + 1))).slice(0, bytes), name);
}

/** As if somebody had sent it without a word about its type. */
export function bytesOf(bytes: Uint8Array<ArrayBuffer> | string, name = "thing", type = ""): File {
  return new File([bytes], name, { type });
}

/** 8 by 6 pixels of one colour. */
const png =
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAGCAIAAABxZ0isAAAAEUlEQVR42mM4YaOBFTEMpAQAmkY4QQUQOaAAAAAASUVORK5CYII=";

/** The smallest picture. */
export function picture(name = "dot.png"): File {
  return new File([Buffer.from(png, "base64")], name, { type: "image/png" });
}
