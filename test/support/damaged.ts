import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Decoders } from "../../src/platform/inspector/decoders.ts";
import type { Findings } from "../../src/platform/inspector/inspector.ts";
import { inspectCommand, ProcessInspector } from "../../src/platform/inspector/process.ts";
import { fixture } from "../fixtures/media/expected.ts";
import { Chance } from "./random.ts";

const limits = { milliseconds: 3000, bytes: 512 * 1024 * 1024 };
const kinds = [
  ["h264-high.mp4", "video/mp4"],
  ["hevc-main10.mp4", "video/mp4"],
  ["vp9.webm", "video/webm"],
  ["voice.ogg", "audio/ogg"],
  ["voice.m4a", "audio/mp4"],
  ["song.mp3", "audio/mpeg"],
] as const;

/** Damaged films and sounds, looked at by the real process with these decoders. */
export function testDamaged(decoders: Decoders): void {
  const directory = mkdtempSync(join(tmpdir(), "parley-film-"));
  const inspector = new ProcessInspector({ command: inspectCommand(directory, decoders), limits });
  afterAll(async () => {
    await inspector.close();
    rmSync(directory, { recursive: true });
  });

  function look(file: string, type: string): Promise<Findings> {
    const picture = { file: join(directory, "picture.webp"), side: 320, square: false };
    return inspector.inspect({ file, type, picture });
  }

  test.each(kinds)(
    "whatever is damaged in %s, looking at it ends, and the next one is looked at",
    async (name, type) => {
      const chance = new Chance(11);
      const whole = await Bun.file(fixture(name)).bytes();
      for (let i = 0; i < 6; i++) {
        const bytes = whole.slice(0, i % 2 === 0 ? whole.length : chance.below(whole.length));
        for (let n = 0; n < 10 * i && bytes.length > 0; n++) {
          bytes[chance.below(bytes.length)] = chance.below(256);
        }
        const damaged = join(directory, "damaged");
        await Bun.write(damaged, bytes);
        const found = await look(damaged, type);
        // Something is found, or there is a reason why not.
        expect(found.failed ?? found.duration).toBeDefined();
      }
      expect(await look(fixture(name), type)).toMatchObject({ duration: expect.any(Number) });
    },
  );
}
