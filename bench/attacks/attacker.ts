/** A process that attacks: says when it is ready, begins when it is told to, and says at the end what it was told. */
import { Assault, type AssaultInput } from "./assault.ts";
import { attacks } from "./attacks/all.ts";
import { HttpLine } from "./http-line.ts";

export type AttackerSays = "ready" | [string, number][];

const input = JSON.parse(await Bun.stdin.text()) as AssaultInput;
const started = Promise.withResolvers<void>();
const assault = new Assault(input, () => {
  process.send!("ready" satisfies AttackerSays);
  return started.promise;
});

process.on("message", (word) => {
  if (word === "begin") return started.resolve();
  if (HttpLine.waiting > 0) assault.told.add("no answer yet", HttpLine.waiting);
  process.send!([...assault.told.counts] satisfies AttackerSays);
  process.exit(0);
});
await attacks.find((one) => one.name === input.attack)!.run(assault);
