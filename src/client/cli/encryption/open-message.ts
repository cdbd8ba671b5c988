import {
  maySucceedLater,
  type Message,
  type MessageEncryption,
  type OpenedMessage,
  type Session,
} from "../../sdk/index.ts";
import type { Context } from "../context.ts";
import { failureOf } from "../exit-codes.ts";
import { within } from "../wait.ts";

/** In milliseconds, while the line is there and the server does not answer. */
const pause = 1000;

/** Messages of a chat with what stands inside of them, however long the line is broken. Errors: the reason to stop; why the session has ended. */
export async function openMessages(
  session: Session,
  { stop }: Pick<Context, "stop">,
  chatId: number,
  messages: readonly Message[],
): Promise<OpenedMessage[]> {
  for (;;) {
    try {
      return await within(stop, session.chat(chatId).encryption.open(messages));
    } catch (error) {
      const failure = failureOf(error);
      if (!failure || stop.aborted || session.ended.peek()) throw error;
      if (!maySucceedLater(error)) return messages.map((message) => closed(message, failure.message));
      await within(stop, session.live());
      await within(stop, Bun.sleep(pause));
    }
  }
}

/** This device cannot open it, for the same reason as all the others. */
function closed(message: Message, why: string): OpenedMessage {
  if (!message.encrypted) return { message, encryption: undefined };
  const encryption: MessageEncryption = { state: "opening", problems: [why] };
  return { message: { ...message, content: "", mentions: [], media: [] }, encryption };
}
