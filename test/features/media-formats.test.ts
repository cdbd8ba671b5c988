/** Every kind of file, on a server that has no decoders: films and HEIC pictures are not shown, all the rest is. */
import { noDecoders } from "../support/decoders.ts";
import { testFormats } from "../support/formats.ts";

await testFormats(noDecoders);
