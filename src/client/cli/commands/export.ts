import { zstdCompressSync, zstdDecompressSync } from "node:zlib";

import type { Conversation, Message, Session } from "../../sdk/index.ts";
import { type Context, deadline } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { findChat } from "../find-chat.ts";
import { patiently } from "../patiently.ts";
import { withSession } from "../session.ts";
import { Days } from "../show/days.ts";
import { messageText } from "../show/message.ts";
import { loadNames, nameIn } from "../show/name-of.ts";
import { jsonLine } from "../text/visible.ts";
import { within } from "../wait.ts";

/** All messages of a chat that there are when it begins, oldest first. Nothing counts as read by it. */
export function exportChat(context: Context, name: string, asJson: boolean): Promise<number> {
  const { output, stop } = context;
  return withSession(context, async (session) => {
    const signal = deadline(context);
    await within(signal, session.live());
    const conversation = await findChat(session, name, { isCurrent: true, mayBegin: false, signal });
    const pages = await packedPages(session, conversation.id, context);
    const toText = asJson ? jsonLine : await readable(session, conversation, context);
    for (let page = pages.pop(); page; page = pages.pop()) {
      stop.throwIfAborted();
      const messages = JSON.parse(zstdDecompressSync(page).toString()) as Message[];
      await output.write(messages.map((one) => `${toText(one)}\n`).join(""));
    }
    return exitCodes.done;
  });
}

/** The server tells a history only from its end: the pages wait here, newest first, in a tenth of their size. */
async function packedPages(session: Session, id: number, context: Context): Promise<Buffer[]> {
  const pages: Buffer[] = [];
  for (let before: number | undefined; ;) {
    const input = { path: { id }, query: { limit: 100, ...(before !== undefined && { before }) } };
    const page = await patiently(session, context, () => session.call("GET /api/messages/{id}", input));
    pages.push(zstdCompressSync(JSON.stringify(page.messages)));
    before = page.messages[0]?.id;
    if (!page.has_more_before || before === undefined) return pages;
  }
}

async function readable(
  session: Session,
  conversation: Conversation,
  context: Context,
): Promise<(message: Message) => string> {
  const { style } = context;
  await patiently(session, context, () => loadNames(conversation));
  const nameOf = nameIn(conversation);
  const days = new Days();
  return (message) => {
    const text = messageText(message, style, nameOf);
    return [days.above(message, style) ?? [], text].flat().join("\n");
  };
}
