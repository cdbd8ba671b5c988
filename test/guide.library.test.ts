/** The JavaScript of docs/clients.md, pasted together, is a client that works on the library. */
import { setDefaultTimeout } from "bun:test";

import { programIn } from "./support/guide.ts";
import { clientWorks } from "./support/guide-works.ts";

setDefaultTimeout(120_000);

await clientWorks([process.execPath, programIn("js")]);
