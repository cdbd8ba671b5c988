/** The thread of the search index: it alone opens the file, and answers one question after another. */
import type { Database } from "bun:sqlite";

import { excerpt, type Word } from "../../core/search-words.ts";
import { lowerPriority } from "../priority.ts";
import { answerQuestions } from "../worker.ts";
import { Budget } from "./budget.ts";
import { createFile, isDamaged, openFile, readState, write } from "./file.ts";
import { find } from "./find.ts";
import type { Entry, Found, IndexState, Question, SearchLimits } from "./search-index.ts";

export type IndexerQuestion =
  | { open: string }
  | { begin: IndexState }
  | {
      /** Entries, as JSON: that crosses threads for a fraction of what objects cost the one that sends them. */
      put: string;
      state: IndexState;
    }
  | { find: Question; limits: SearchLimits }
  | { excerpts: readonly string[]; words: readonly Word[]; limits: SearchLimits }
  | "close";

let file = "";
let db: Database | undefined;

answerQuestions((question: IndexerQuestion) => {
  if (question === "close") return close();
  try {
    if ("open" in question) return open(question.open);
    if ("begin" in question) return begin(question.begin);
    if ("put" in question) return write(opened(), JSON.parse(question.put) as Entry[], question.state);
    if ("excerpts" in question) return excerpts(question.excerpts, question.words, question.limits);
    return search(question.find, question.limits);
  } catch (error) {
    // Whoever asks for the state finds a new index, and fills it again.
    if (db && isDamaged(error)) renew();
    throw error;
  }
});

function open(name: string): IndexState | undefined {
  // On Linux a thread has a priority of its own: people who write come first.
  if (file === "" && process.platform === "linux") lowerPriority();
  file = name;
  db ??= openFile(file);
  return readState(db);
}

function opened(): Database {
  if (!db) throw new Error("the search index is not open");
  return db;
}

function begin(state: IndexState): void {
  // One that has no state yet is empty.
  if (!db || readState(db)) renew();
  write(opened(), [], state);
}

function renew(): void {
  db?.close();
  db = undefined;
  db = createFile(file);
}

/** Undefined while half of what there is would be all that could be found. */
function search(question: Question, limits: SearchLimits): Found | undefined {
  const filled = readState(opened())?.filledTo === null;
  return filled ? find(opened(), question, limits) : undefined;
}

function excerpts(texts: readonly string[], words: readonly Word[], limits: SearchLimits) {
  const budget = new Budget(limits);
  const found: (string | undefined)[] = [];
  for (const text of texts) {
    found.push(excerpt(text, words));
    budget.tookRow();
    if (budget.isSpent()) break;
  }
  return found;
}

function close(): void {
  // The last one to close empties the log, which has pages as they were, with what has been taken out since.
  db?.close();
  db = undefined;
}
