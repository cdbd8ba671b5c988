import type { ServerFrame, Session } from "../../sdk/index.ts";
import type { Context } from "../context.ts";
import { endOf } from "../end-of.ts";
import { exitCodes } from "../exit-codes.ts";
import { withSession } from "../session.ts";
import { chatName } from "../show/chat.ts";
import { messageText } from "../show/message.ts";
import { jsonLine } from "../text/visible.ts";
import { tellConnection } from "../tell-connection.ts";
import { writtenFirst } from "../written-first.ts";
import { aborted } from "../wait.ts";

/**
 * What happens, until it is stopped: as JSON each event of the server, once it has been applied; else messages, to be read.
 * Nothing counts as read by it.
 */
export function listen(context: Context, asJson: boolean): Promise<number> {
  const { output, stop } = context;
  const work = async (session: Session) => {
    const toLine = asJson ? jsonLine : readable(session, context);
    const stopListening = session.listen((event) => {
      const line = toLine(event);
      if (line !== undefined) void output.line(line);
    });
    const stopTelling = tellConnection(session, context.note);
    try {
      await Promise.race([aborted(stop), endOf(session)]);
      return exitCodes.done;
    } finally {
      stopTelling();
      stopListening();
    }
  };
  return withSession(context, work, { storeOver: (own) => writtenFirst(own, output) });
}

function readable(session: Session, { style }: Context): (event: ServerFrame) => string | undefined {
  return (event) => {
    if (event.type !== "new_message") return undefined;
    const { message } = event;
    const chat = session.chats.peek().find((one) => one.id === message.chat_id);
    // Between quotation marks, so that no name can pass for a message.
    const where = chat && !chat.peer ? `${JSON.stringify(style.name(chatName(chat)))} ` : "";
    return where + messageText(message, style, () => "");
  };
}
