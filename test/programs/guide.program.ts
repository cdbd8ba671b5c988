/** docs/examples/client.py, which is the Python of docs/clients.md, is a client that works (`bun run test:programs`). */
import { setDefaultTimeout } from "bun:test";
import { join } from "node:path";

import { pythonClient } from "../support/guide.ts";
import { guideWorks } from "../support/guide-works.ts";
import { root } from "../support/reference.ts";

setDefaultTimeout(120_000);

await guideWorks(["/usr/bin/python3", join(root, pythonClient.file)]);
