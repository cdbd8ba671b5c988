/** Stands in for the process that looks into files, and does what the type of a job says instead. */
import { writeFileSync } from "node:fs";

import type { Findings, Job } from "../../src/platform/inspector/inspector.ts";

const say = (line: string) => writeFileSync(1, `${line}\n`);
const answer = (findings: Findings) => say(JSON.stringify({ findings }));
const forever = new Promise<never>(() => {});
let jobs = 0;

const acts: Record<string, (file: string) => unknown> = {
  /** Says which process it is, what it has done in it, and for which file. */
  fine: (file) => answer({ failed: `${process.pid} ${jobs} ${file}` }),
  environment: () => answer({ failed: JSON.stringify(process.env) }),
  hang: () => forever,
  "clean and hang": () => {
    say(`{"cleaned":true}`);
    return forever;
  },
  "clean and end": () => {
    say(`{"cleaned":true}`);
    process.exit(1);
  },
  swell: () => {
    const swollen: Uint8Array[] = [];
    for (let i = 0; i < 20; i++) swollen.push(new Uint8Array(10_000_000).fill(1));
    return forever.then(() => swollen);
  },
  exit: () => process.exit(3),
  kill: () => process.kill(process.pid, "SIGKILL"),
  "end after the answer": (file) => {
    answer({ failed: file });
    process.exit(3);
  },
  good: () => answer({}),
  trouble: () => say(`{"trouble":"a full disk"}`),
  nonsense: () => {
    say("once upon a time");
    return forever;
  },
  null: () => {
    say("null");
    return forever;
  },
  "no findings": () => {
    say(`{"findings":null}`);
    return forever;
  },
  "strange findings": () => {
    say(`{"findings":{"width":"<script>","pictured":true}}`);
    return forever;
  },
  "endless line": () => {
    for (;;) writeFileSync(1, "x".repeat(100_000));
  },
};

say(`{"codec":{"images":"bun"}}`);
for await (const line of console) {
  const { type, file } = JSON.parse(line) as Job;
  jobs += 1;
  await acts[type]!(file);
}
