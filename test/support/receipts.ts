import type { Person } from "./person.ts";
import type { TestServer } from "./server.ts";
import type { Frame, Socket } from "./socket.ts";

/** What has become of a message, as its author sees it. */
export async function statusOf(author: Person, message: { id: number; chat_id: number }): Promise<string> {
  const page = await author.history(message.chat_id, `?around=${message.id}`);
  return page.find((one) => one.id === message.id).status;
}

export const read = (person: Person, message: { id: number }) =>
  person.post(`/api/messages/${message.id}/read`);

export const receive = (person: Person, message: { id: number }) =>
  person.post(`/api/messages/${message.id}/delivered`);

/** Who has read and received up to where, as the events said it, in their order. */
export function progressTold(frames: Frame[]): (number | null)[][] {
  return frames
    .filter((one) => one.type === "message_status")
    .flatMap((one) => one["statuses"])
    .map((one) => [one.user_id, one.last_read_message_id, one.last_delivered_message_id]);
}

/** The same of a socket, once everything is told. */
export async function toldProgress(server: TestServer, socket: Socket): Promise<(number | null)[][]> {
  await server.settled();
  return progressTold(await socket.settled());
}

/** Who has received and read a message. */
export const receipts = async (person: Person, message: { id: number }) =>
  (await person.get(`/api/messages/${message.id}/receipts`)).body;
