import type { Person } from "./person.ts";

/** What has become of a message, as its author sees it. */
export async function statusOf(author: Person, message: { id: number; chat_id: number }): Promise<string> {
  const page = await author.history(message.chat_id, `?around=${message.id}`);
  return page.find((one) => one.id === message.id).status;
}

export const read = (person: Person, message: { id: number }) =>
  person.post(`/api/messages/${message.id}/read`);

export const receive = (person: Person, message: { id: number }) =>
  person.post(`/api/messages/${message.id}/delivered`);

/** Who has received and read a message. */
export const receipts = async (person: Person, message: { id: number }) =>
  (await person.get(`/api/messages/${message.id}/receipts`)).body;
