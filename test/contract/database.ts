import { describe } from "bun:test";

import { closing } from "./database/closing.ts";
import { nesting } from "./database/nesting.ts";
import { reading } from "./database/reading.ts";
import { readingInThread } from "./database/reading-in-thread.ts";
import { statements } from "./database/statements.ts";
import { writing } from "./database/writing.ts";
import type { Open } from "./storage.ts";

/** What every implementation of the port `Database` promises. */
export function databaseContract(name: string, open: Open): void {
  describe(`${name} as a database`, () => {
    writing(open);
    nesting(open);
    reading(open);
    readingInThread(open);
    statements(open);
    closing(open);
  });
}
