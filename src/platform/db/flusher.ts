/**
 * The thread that waits for the disk, so that the event loop does not. It owns a second descriptor of the
 * write-ahead log; closing that one drops no lock, because SQLite's locks are on the other two files.
 */
import { fdatasyncSync, openSync } from "node:fs";

import { answerQuestions } from "../worker.ts";

export type FlusherQuestion = { open: string } | "flush";

let wal = -1;

answerQuestions((question: FlusherQuestion) => {
  if (question === "flush") fdatasyncSync(wal);
  else wal = openSync(question.open, "r+");
});
