import { type Context, deadline } from "../context.ts";
import { exitCodes, Failure, failureOf } from "../exit-codes.ts";
import { fileToSend } from "../files/to-send.ts";
import { findChat } from "../find-chat.ts";
import { isCurrent } from "../is-current.ts";
import { acknowledged, isFinal, sendRest } from "../outbox.ts";
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
    const search = { isCurrent: await isCurrent(session, context, signal), mayBegin: true, signal };
    const conversation = await findChat(session, name, search);
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
      if (isFinal(failureOf(error)?.exitCode)) await session.drop(key);
      else if (!session.isKept.peek()) throw new Failure(exitCodes.store, "Not sent, and not kept.");
      else context.note("Not sent yet. It is kept, and sent the next time there is a connection.");
      throw error;
    }
  });
}

/** In bytes: far more than a server takes. */
const mostInput = 1_000_000;

/** Without the end of its last line. Errors: Failure where it goes on and on. */
async function wholeInput({ process, stop }: Context): Promise<string> {
  return (await within(stop, read(process.stdin))).replace(/\r?\n$/, "");
}

async function read(input: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    size += chunk.length;
    if (size > mostInput)
      throw new Failure(exitCodes.refused, "The standard input is too long for a message.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
