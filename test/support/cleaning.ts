import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";

import { clean } from "../../src/platform/inspector/clean/clean.ts";

const fixtures = join(import.meta.dir, "../fixtures/clean");

const types: Record<string, string> = {
  ".jpg": "image/jpeg",
  ".png": "image/png",
  ".webp": "image/webp",
  ".gif": "image/gif",
  ".avif": "image/avif",
  ".heic": "image/heic",
  ".mp4": "video/mp4",
  ".mov": "video/quicktime",
  ".3gp": "video/3gpp",
  ".m4a": "audio/mp4",
  ".wav": "audio/wav",
  ".webm": "video/webm",
  ".mkv": "video/x-matroska",
};

/** What fixtures/clean/make.ts puts in: words, and 48.8582 north as EXIF, `loci` and text have it. */
const secrets = [
  ..."Kamerawerk|Geheim-7|SN48151623|words in a comment|document.domain|48.8582|48,51|2024:05:06".split("|"),
  ...["0000003000000001", "3000000001000000", "0030dbb2"].map((hex) => Buffer.from(hex, "hex")),
];

export function readFixture(name: string): Buffer {
  return readFileSync(join(fixtures, name));
}

export function typeOf(name: string): string {
  return types[extname(name)]!;
}

export function secretsIn(file: Buffer): string[] {
  return secrets.filter((one) => file.includes(one)).map(String);
}

/** A place where files are cleaned. */
export class Laundry {
  readonly #directory = mkdtempSync(join(tmpdir(), "parley-clean-"));
  readonly #from = join(this.#directory, "from");
  readonly #to = join(this.#directory, "to");

  /** Whether there was something in the last file that nobody here knows. */
  hasUnknown: boolean | undefined;

  /** The cleaned file, or nothing where there was nothing to clean. Errors: as `clean`. */
  async clean(file: Uint8Array, type: string): Promise<Buffer | undefined> {
    writeFileSync(this.#from, file);
    rmSync(this.#to, { force: true });
    const { written, hasUnknown } = await clean(this.#from, this.#to, type);
    this.hasUnknown = hasUnknown;
    if (await Bun.file(this.#to).exists()) {
      if (!written) throw new Error("there is a file that nobody speaks of");
      return readFileSync(this.#to);
    }
    return undefined;
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true });
  }
}
