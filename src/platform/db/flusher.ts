/**
 * The thread that flushes the write-ahead log, so that the event loop does not wait for the disk. It has a descriptor
 * of its own for the log; closing it releases no lock, because SQLite's locks are on the other two files.
 */
import { fdatasyncSync, openSync } from "node:fs";

import { answerQuestions } from "../worker.ts";

export type FlusherQuestion = { open: string } | "flush";

let wal = -1;

answerQuestions((question: FlusherQuestion) => {
  if (question === "flush") fdatasyncSync(wal);
  else wal = openSync(question.open, "r+");
});
