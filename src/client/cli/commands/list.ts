import { type Context, deadline } from "../context.ts";
import { exitCodes, failureOf } from "../exit-codes.ts";
import { withSession } from "../session.ts";
import { chatLines } from "../show/chat.ts";
import { dayText } from "../text/time.ts";
import { jsonLine } from "../text/visible.ts";
import { within } from "../wait.ts";

/** All chats, last activity first. Without a connection as they were last. */
export function list(context: Context, asJson: boolean): Promise<number> {
  const { output, style } = context;
  const { stdout } = context.process;
  const columns = stdout.isTTY ? stdout.columns : Infinity;
  return withSession(context, async (session) => {
    const code = await within(deadline(context), session.live()).then(
      () => exitCodes.done,
      asOfLastTime(context),
    );
    const chats = session.chats.peek();
    if (chats.length === 0 && !asJson && code === exitCodes.done)
      context.note("There is no chat yet: parley chat open NAME begins one.");
    const today = dayText(new Date().toISOString());
    const lines = asJson ? chats.map(jsonLine) : chatLines(chats, style, columns, today);
    for (const one of lines) await output.line(one);
    return code;
  });
}

function asOfLastTime({ note, stop }: Context): (error: unknown) => number {
  return (error) => {
    if (stop.aborted || failureOf(error)?.exitCode !== exitCodes.notNow) throw error;
    note("No connection: this is how it was last.");
    return exitCodes.notNow;
  };
}
