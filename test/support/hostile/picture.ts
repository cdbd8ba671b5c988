import { fixture } from "../../fixtures/media/expected.ts";

/** 10,000 frames of one pixel on a canvas of 2,000 by 2,000. */
export function gifWithManyFrames(): Uint8Array {
  const screen = [0xd0, 0x07, 0xd0, 0x07, 0x80, 0, 0, 0, 0, 0, 255, 255, 255];
  const control = [0x21, 0xf9, 4, 0, 1, 0, 0, 0];
  const first = [...control, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
  const frames = Buffer.alloc(10_000 * first.length, Buffer.from(first));
  return Buffer.concat([Buffer.from("GIF89a"), Buffer.from(screen), frames, Buffer.of(0x3b)]);
}

/**
 * A scan whose only directory says that it is the next one itself (TIFF 6.0, section 2). One TIFF is enough, and none
 * needs huge dimensions: by its first bytes it is a document, whatever it is called, so it is never given to a decoder.
 */
export async function tiffWithLoop(): Promise<Uint8Array> {
  const tiff = Buffer.from(await Bun.file(fixture("scan.tiff")).bytes());
  const directory = tiff.readUInt32LE(4);
  tiff.writeUInt32LE(directory, directory + 2 + 12 * tiff.readUInt16LE(directory));
  return tiff;
}

/** A GIF that is a script as well: its width reads as the start of a comment, which ends behind its picture. */
export function gifAndScript(): Uint8Array {
  const screen = [1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255];
  const picture = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b];
  const script = Buffer.from("*/=1;alert(document.domain);");
  return Buffer.concat([Buffer.from("GIF89a/*"), Buffer.from([...screen, ...picture]), script]);
}

/** An SVG that runs a script, loads from elsewhere and grows: to be taken as a document, whatever its name says. */
export function svgWithScript(): Uint8Array {
  return Buffer.from(`<?xml version="1.0"?>
<!DOCTYPE svg [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY file SYSTEM "file:///etc/passwd">]>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100" height="100" onload="alert(1)">
<script>alert(document.domain)</script><image xlink:href="file:///etc/passwd" width="9" height="9"/><text>&c;&file;</text></svg>
`);
}

/** The same, to be sent as a picture. */
export function svgAsPng(): File {
  return new File([svgWithScript().slice()], "photo.png", { type: "image/png" });
}
