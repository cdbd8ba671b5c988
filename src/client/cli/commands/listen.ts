import type { ServerFrame, Session } from "../../sdk/index.ts";
import type { Context } from "../context.ts";
import { openMessages } from "../encryption/open-message.ts";
import { openedJson } from "../encryption/opened-json.ts";
import { endOf } from "../end-of.ts";
import { exitCodes } from "../exit-codes.ts";
import { Lines } from "../lines.ts";
import { withSession } from "../session.ts";
import { chatName } from "../show/chat.ts";
import { problemsOf, sentence } from "../show/encryption.ts";
import { messageText } from "../show/message.ts";
import { jsonLine, visible } from "../text/visible.ts";
import { tellConnection } from "../tell-connection.ts";
import { writtenFirst } from "../written-first.ts";
import { aborted } from "../wait.ts";

type ToLine = (event: ServerFrame) => Promise<string | undefined>;

/**
 * What happens, until it is stopped: as JSON each event of the server, once it has been applied; else messages, to be read.
 * Nothing counts as read by it.
 */
export function listen(context: Context, asJson: boolean): Promise<number> {
  const { output, stop } = context;
  const lines = new Lines(output);
  const work = async (session: Session) => {
    const toLine = asJson ? json(session, context) : readable(session, context);
    const stopListening = session.listen((event) => lines.add(toLine(event)));
    const stopTelling = tellConnection(session, context.note);
    try {
      await Promise.race([aborted(stop), endOf(session)]);
      return exitCodes.done;
    } finally {
      stopTelling();
      stopListening();
    }
  };
  return withSession(context, work, { storeOver: (own) => writtenFirst(own, lines, output, stop) });
}

/** What the server sent, and beside an encrypted message what stands inside of it. */
function json(session: Session, context: Context): ToLine {
  return async (event) => {
    if (!("message" in event) || typeof event.message === "string" || !event.message.encrypted)
      return jsonLine(event);
    const { message } = event;
    const [opened] = await openMessages(session, context, message.chat_id, [message]);
    return jsonLine({ ...event, ...(opened && { opened: openedJson(opened) }) });
  };
}

function readable(session: Session, context: Context): ToLine {
  const { style, note } = context;
  return async (event) => {
    if (event.type !== "new_message") return undefined;
    const [opened] = await openMessages(session, context, event.message.chat_id, [event.message]);
    const { message, encryption } = opened ?? { message: event.message, encryption: undefined };
    for (const one of problemsOf(encryption)) note(`[${message.seq}] !! ${visible(sentence(one))}`);
    const chat = session.chats.peek().find((one) => one.id === message.chat_id);
    // Between quotation marks, so that no name can pass for a message.
    const where = chat && !chat.peer ? `${JSON.stringify(style.name(chatName(chat)))} ` : "";
    return where + messageText(message, style, () => "", encryption);
  };
}
