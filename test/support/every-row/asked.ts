/** What is asked for has to come about: data in which something was refused would lack a row and nobody would know. */
import type { Home } from "../executable.ts";
import type { Reply } from "../person.ts";
import type { Frame } from "../socket.ts";

export async function done(asked: Promise<Reply>): Promise<Reply> {
  const reply = await asked;
  if (reply.status >= 300) throw new Error(`${reply.status}: ${JSON.stringify(reply.body)}`);
  return reply;
}

export async function acknowledged(asked: Promise<Frame>): Promise<Frame> {
  const frame = await asked;
  if (frame.type !== "ack") throw new Error(JSON.stringify(frame));
  return frame;
}

/** What the operator does beside the running server. */
export async function operate(home: Home, ...args: string[]): Promise<void> {
  const { code, errors } = await home.run(args);
  if (code !== 0) throw new Error(`parley ${args.join(" ")}: ${errors}`);
}
