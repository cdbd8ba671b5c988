/** The Python of docs/clients.md, pasted together, is a client that works (`bun run test:programs`). */
import { setDefaultTimeout } from "bun:test";

import { programIn } from "../support/guide.ts";
import { guideWorks } from "../support/guide-works.ts";

setDefaultTimeout(60_000);

await guideWorks(["/usr/bin/python3", programIn("python")]);
