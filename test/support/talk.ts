import type { Frame, Socket } from "./socket.ts";

/** Few enough, also when they are long, for one socket's queue. */
const atOnce = 12;

/** Says all of it as fast as the server takes it; answers the messages in their order. */
export async function sayAll(socket: Socket, chat_id: number, contents: string[]): Promise<any[]> {
  const acks: Frame[] = [];
  for (let i = 0; i < contents.length; i += atOnce) {
    const batch = contents.slice(i, i + atOnce);
    const asked = batch.map((content) => socket.ask({ type: "send_message", chat_id, content }));
    acks.push(...(await Promise.all(asked)));
  }
  const refused = acks.find((one) => one.type !== "ack");
  if (refused) throw new Error(`refused: ${JSON.stringify(refused)}`);
  return acks.map((one) => one["message"]);
}
