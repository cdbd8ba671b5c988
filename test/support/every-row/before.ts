/** What was so long ago that the journal does not tell of it any more. */
import { until } from "../until.ts";
import { openBeside } from "../written.ts";
import { acknowledged } from "./asked.ts";
import type { Cast } from "./cast.ts";

const journalDays = 30;
const day = 86_400_000;

/** Answers where Dave was in the order of events when he was last here. */
export async function longAgo({ alice, dave }: Cast): Promise<string> {
  const chat = await dave.directWith(alice);
  const socket = await dave.connect();
  const hello = await dave.say(chat, "Tea at six?");
  const { cursor } = await socket.next("new_message");
  await alice.say(chat, "Tea at six.", { reply_to_id: hello.id });
  await acknowledged(socket.ask({ type: "message_read", chat_id: chat, message_id: hello.id }));
  await socket.close();
  return cursor as string;
}

/** The server has stopped, and all but the last event is so long ago by its next start. */
export function letTimePass(dataDir: string): void {
  using db = openBeside(dataDir);
  const last = "SELECT max(pos) FROM journal";
  db.run(`UPDATE journal SET at = at - ? WHERE pos < (${last})`, [(journalDays + 1) * day]);
}

export async function forgotten(dataDir: string): Promise<void> {
  using db = openBeside(dataDir);
  const prunedTo = db.query<{ value: string }, []>("SELECT value FROM journal_state WHERE key = 'pruned_to'");
  await until(() => Number(prunedTo.get()!.value) > 0);
}
