/** Every kind of file, with the decoders of our own (`npm run test:decoders`). */
import { madeCodecs } from "../support/decoders.ts";
import { testFormats } from "../support/formats.ts";

await testFormats({ codecs: madeCodecs(), ffmpeg: undefined });
