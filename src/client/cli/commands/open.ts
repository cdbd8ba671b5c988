import type { Conversation, Session } from "../../sdk/index.ts";
import { Keyboard } from "../room/keyboard.ts";
import { Room } from "../room/room.ts";
import { Script } from "../room/script.ts";
import { tellEncryption } from "../room/tell-encryption.ts";
import { tellRefusals } from "../room/tell-refusals.ts";
import { type Context, deadline } from "../context.ts";
import { endOf } from "../end-of.ts";
import { exitCodes, Failure } from "../exit-codes.ts";
import { findChat } from "../find-chat.ts";
import { isCurrent } from "../is-current.ts";
import { sendRest } from "../outbox.ts";
import { withSession } from "../session.ts";
import { tellConnection } from "../tell-connection.ts";
import { tellUnsent } from "../tell-unsent.ts";
import { aborted, when, within } from "../wait.ts";

/** Shows a chat and sends what is entered, until the input ends or it is stopped. */
export function open(context: Context, name: string, page: number): Promise<number> {
  return withSession(context, async (session) => {
    const signal = deadline(context);
    const { isTTY } = context.process.stdin;
    // A person looks at what is here rather than wait; lines of a script must not get into another chat.
    const patience = isTTY ? AbortSignal.any([signal, whenOffline(session)]) : signal;
    const isFresh = await isCurrent(session, context, patience);
    const conversation = await findChat(session, name, { isCurrent: isFresh, mayBegin: true, signal });
    const room = new Room(context, session, conversation, page);
    // What is new comes before what is shown first, unless there is no connection.
    await within(context.stop, Promise.race([begin(room), offline(session)]));
    if (room.screen.isSeen) conversation.look();
    try {
      return await (context.process.stdin.isTTY ? talk(context, room) : run(context, room));
    } finally {
      conversation.leave();
      tellUnsent(session, context);
    }
  });
}

async function begin(room: Room): Promise<void> {
  const { session, conversation, transcript } = room;
  await conversation.open();
  await transcript.prepare();
  // What can be opened is shown when it is; what cannot, as it is.
  if (conversation.info.peek()?.encryption.on) await session.encryption.check();
  await room.opened();
}

function offline({ connection }: Session): Promise<unknown> {
  return when(connection, (state) => (state === "offline" ? true : undefined));
}

function whenOffline(session: Session): AbortSignal {
  const controller = new AbortController();
  void offline(session).then(() => controller.abort(new Failure(exitCodes.notNow, "")));
  return controller.signal;
}

/** With a person. */
async function talk(context: Context, room: Room): Promise<number> {
  const { session, screen } = room;
  const keyboard = new Keyboard(room);
  const stops = [room.show(), tellRefusals(room), tellEncryption(room).stop];
  // Else it is in the status lines.
  if (!room.isSmart) stops.push(tellConnection(session, (text) => screen.note(text)));
  screen.note("/help says what can be done here, Ctrl-D leaves.");
  screen.start(keyboard);
  try {
    await untilLeft(context, room);
    return exitCodes.done;
  } finally {
    room.leave();
    for (const stop of stops) stop();
    screen.close();
    await keyboard.done();
  }
}

/** With lines that come from a pipe or a file. */
async function run(context: Context, room: Room): Promise<number> {
  const script = new Script(context, room);
  const stop = room.show();
  const telling = tellEncryption(room);
  try {
    await within(context.stop, Promise.race([telling.begun, offline(room.session)]));
    room.screen.start(script);
    await untilLeft(context, room);
    context.stop.throwIfAborted();
    await sendRest(room.session, context);
    await within(deadline(context), room.opened());
    return script.exitCode === exitCodes.done && room.hasTrouble ? exitCodes.keys : script.exitCode;
  } finally {
    telling.stop();
    stop();
    room.screen.close();
  }
}

/** Errors: Failure when one is no longer in the chat; why the session has ended. */
async function untilLeft({ stop }: Context, { left, session, conversation }: Room): Promise<void> {
  await Promise.race([aborted(left), aborted(stop), endOf(session), removal(session, conversation)]);
}

function removal({ connection }: Session, { info }: Conversation): Promise<unknown> {
  const look = () => {
    // While the line is broken or everything is loaded anew, nothing is said by what is missing.
    if (info.peek() || connection.peek() !== "live") return undefined;
    throw new Failure(exitCodes.refused, "You are no longer in this chat.");
  };
  return Promise.race([when(info, look), when(connection, look)]);
}
