import { appendFileSync, existsSync, readFileSync } from "node:fs";

/** What a client asks of the library. `target` is a message's id, or the key of one that is still being sent. */
export type Action = { chat: number } & (
  | { kind: "send"; text: string; replyTo?: number | string }
  | { kind: "edit"; target: number | string; text: string }
  | { kind: "remove"; target: number | string }
  | { kind: "react" | "unreact"; target: number; emoji: string }
  | { kind: "read"; target: number }
  /** May be refused or lost without harm. */
  | { kind: "call"; name: string; input: object }
);

/** An entry of the outbox that failed for good, and was dropped. */
export interface Dropped {
  kind: string;
  chat: number;
  key: string;
  code: string;
  target?: number | string;
  text?: string;
  emoji?: string;
}

type Line =
  | { asked: number; action: Action }
  | { kept: number; key?: string }
  | { dropped: Dropped }
  | { problem: string };

/** One client's notes, of all its lives. */
export interface Journal {
  client: string;
  userId: number;
  /** In the order in which they were asked for. */
  asked: Noted[];
  dropped: Dropped[];
  /** What should never have come. */
  problems: string[];
}

export interface Noted {
  action: Action;
  /** The library has said that it will not be lost. */
  isKept: boolean;
  /** The `client_id` of a send that is kept. */
  key?: string;
}

/** Notes each action before it is asked for: who is killed in between has at most noted too much. */
export class Notes {
  #asked: number;

  constructor(private readonly file: string) {
    this.#asked = readLines(file).filter((line) => "asked" in line).length;
  }

  /** How many there are, those of earlier lives included. */
  get asked(): number {
    return this.#asked;
  }

  ask(action: Action): number {
    this.#asked += 1;
    this.#append({ asked: this.#asked, action });
    return this.#asked;
  }

  keep(asked: number, key?: string): void {
    this.#append({ kept: asked, ...(key !== undefined && { key }) });
  }

  drop(dropped: Dropped): void {
    this.#append({ dropped });
  }

  complain(problem: string): void {
    this.#append({ problem });
  }

  #append(line: Line): void {
    appendFileSync(this.file, `${JSON.stringify(line)}\n`);
  }
}

export function readJournal(file: string, client: string, userId: number): Journal {
  const journal: Journal = { client, userId, asked: [], dropped: [], problems: [] };
  const byNumber = new Map<number, Noted>();
  for (const line of readLines(file)) {
    if ("asked" in line) {
      const noted: Noted = { action: line.action, isKept: false };
      byNumber.set(line.asked, noted);
      journal.asked.push(noted);
    } else if ("kept" in line) Object.assign(byNumber.get(line.kept)!, { isKept: true, key: line.key });
    else if ("dropped" in line) journal.dropped.push(line.dropped);
    else journal.problems.push(line.problem);
  }
  return journal;
}

function readLines(file: string): Line[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}
