import { text } from "node:stream/consumers";

import { type Context, deadline } from "../context.ts";
import { exitCodes, Failure, failureOf } from "../exit-codes.ts";
import { fileToSend } from "../files/to-send.ts";
import { findChat } from "../find-chat.ts";
import { acknowledged, sendRest } from "../outbox.ts";
import { withSession } from "../session.ts";
import { within } from "../wait.ts";

/** Writes to a chat and waits until the server has it. `-` is the whole of the standard input. */
export async function send(
  context: Context,
  name: string,
  words: string | undefined,
  paths: readonly string[],
): Promise<number> {
  if (words === undefined && paths.length === 0) throw new Failure(exitCodes.usage, "What is to be sent?");
  const files = paths.map(fileToSend);
  const content = words === "-" ? await wholeInput(context) : (words ?? "");
  return await withSession(context, async (session) => {
    const signal = deadline(context);
    const conversation = await findChat(session, name, signal, true);
    const key = await conversation.send(content, { files });
    try {
      await within(
        signal,
        acknowledged(session, (one) => one.key === key),
      );
      await sendRest(session, context);
      return exitCodes.done;
    } catch (error) {
      // Nobody is there to decide about what was refused, and it would hold up what is sent next.
      if (failureOf(error)?.exitCode === exitCodes.refused) await session.drop(key);
      else context.note("Not sent yet. It is kept, and sent the next time there is a connection.");
      throw error;
    }
  });
}

/** Without the end of its last line. */
async function wholeInput({ process, stop }: Context): Promise<string> {
  return (await within(stop, text(process.stdin))).replace(/\r?\n$/, "");
}
