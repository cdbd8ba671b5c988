/** Every kind of file, where ffmpeg decodes in the place of the decoders (`npm run test:programs`). */
import { testFormats } from "../support/formats.ts";

await testFormats({ codecs: undefined, ffmpeg: Bun.which("ffmpeg")! });
