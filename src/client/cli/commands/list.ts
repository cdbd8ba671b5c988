import { type Context, deadline } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { encryptionIn, newestOpened } from "../encryption/newest-opened.ts";
import { isCurrent } from "../is-current.ts";
import { withSession } from "../session.ts";
import { chatLines } from "../show/chat.ts";
import { dayText } from "../text/time.ts";
import { jsonLine } from "../text/visible.ts";

/** All chats, last activity first. Without a connection as they were last. */
export function list(context: Context, asJson: boolean): Promise<number> {
  const { output, style } = context;
  const { stdout } = context.process;
  const columns = stdout.isTTY ? stdout.columns : Infinity;
  return withSession(context, async (session) => {
    const isFresh = await isCurrent(session, context, deadline(context));
    if (isFresh) await newestOpened(session, deadline(context));
    const chats = session.chats.peek();
    if (chats.length === 0 && !asJson && isFresh)
      context.note("There is no chat yet: parley chat open NAME begins one.");
    const today = dayText(new Date().toISOString());
    const lines = asJson
      ? chats.map(jsonLine)
      : chatLines(chats, style, columns, today, encryptionIn(session));
    for (const one of lines) await output.line(one);
    return isFresh ? exitCodes.done : exitCodes.notNow;
  });
}
