/** Damaged films and sounds, read by our own decoders (`npm run test:decoders`). */
import { setDefaultTimeout } from "bun:test";

import { testDamaged } from "../support/damaged.ts";
import { madeCodecs } from "../support/decoders.ts";

setDefaultTimeout(60_000);
testDamaged({ codecs: madeCodecs(), ffmpeg: undefined });
