import { zstdCompressSync, zstdDecompressSync } from "node:zlib";

import type { Conversation, Message, OpenedMessage, Session } from "../../sdk/index.ts";
import { type Context, deadline } from "../context.ts";
import { openMessages } from "../encryption/open-message.ts";
import { openedJson } from "../encryption/opened-json.ts";
import { exitCodes } from "../exit-codes.ts";
import { findChat } from "../find-chat.ts";
import { patiently } from "../patiently.ts";
import { withSession } from "../session.ts";
import { problemsOf, sentence } from "../show/encryption.ts";
import { Days } from "../show/days.ts";
import { messageText } from "../show/message.ts";
import { loadNames, nameIn } from "../show/name-of.ts";
import { jsonLine, visible } from "../text/visible.ts";
import { within } from "../wait.ts";

/** All messages of a chat that there are when it begins, oldest first. Nothing counts as read by it. */
export function exportChat(context: Context, name: string, asJson: boolean): Promise<number> {
  const { output, stop } = context;
  return withSession(context, async (session) => {
    const signal = deadline(context);
    await within(signal, session.live());
    const conversation = await findChat(session, name, { isCurrent: true, mayBegin: false, signal });
    const pages = await packedPages(session, conversation.id, context);
    const toText = asJson ? json : await readable(session, conversation, context);
    let hasTrouble = false;
    for await (const some of opened(session, conversation, pages, context)) {
      stop.throwIfAborted();
      hasTrouble = tellProblems(some, context) || hasTrouble;
      await output.write(some.map((one) => `${toText(one)}\n`).join(""));
    }
    return hasTrouble ? exitCodes.keys : exitCodes.done;
  });
}

interface Exported {
  /** As the server has it. */
  sent: Message;
  opened: OpenedMessage;
}

/** Oldest first. What is encrypted is judged by all of it, so it is opened at once. */
async function* opened(
  session: Session,
  conversation: Conversation,
  pages: Buffer[],
  context: Context,
): AsyncGenerator<Exported[]> {
  const isEncrypted = conversation.info.peek()?.encryption.on ?? false;
  const all: Message[] = [];
  for (let page = pages.pop(); page; page = pages.pop()) {
    const messages = JSON.parse(zstdDecompressSync(page).toString()) as Message[];
    if (isEncrypted) all.push(...messages);
    else yield messages.map((message) => ({ sent: message, opened: { message, encryption: undefined } }));
  }
  const judged = await openMessages(session, context, conversation.id, all);
  yield judged.flatMap((one, i) => (all[i] ? { sent: all[i], opened: one } : []));
}

/** Whether there are some. What this device cannot open is told once. */
function tellProblems(some: readonly Exported[], { note }: Context): boolean {
  let hasTrouble = false;
  const closed = new Set<string>();
  for (const { sent, opened: one } of some) {
    const problems = problemsOf(one.encryption);
    if (problems.length > 0) hasTrouble = true;
    if (one.encryption?.state === "opening") for (const why of problems) closed.add(why);
    else for (const why of problems) note(`[${sent.seq}] !! ${visible(sentence(why))}`);
  }
  for (const why of closed) note(`!! ${visible(why)}`);
  return hasTrouble;
}

function json({ sent, opened: one }: Exported): string {
  return jsonLine(sent.encrypted || one.encryption ? { ...sent, opened: openedJson(one) } : sent);
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
): Promise<(one: Exported) => string> {
  const { style } = context;
  await patiently(session, context, () => loadNames(conversation));
  const nameOf = nameIn(conversation);
  const days = new Days();
  return ({ opened: { message, encryption } }) => {
    const isClosed = encryption?.state === "opening";
    const text = messageText(
      message,
      style,
      nameOf,
      isClosed ? { state: "opening", problems: [] } : encryption,
    );
    return [days.above(message, style) ?? [], text].flat().join("\n");
  };
}
