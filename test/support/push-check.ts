/** What people who were away were told of, held against what the server has. */
import { expect } from "bun:test";

import type { Person } from "./person.ts";
import type { Device, PushLoad } from "./push-load.ts";

interface UnreadChat {
  id: number;
  userId: number;
  /** Its newest message. */
  messageId: number;
}

/** What everybody who is away has not read, as the server has it. */
export async function unreadChats(load: PushLoad, url: string): Promise<UnreadChat[]> {
  const all: UnreadChat[] = [];
  for (const person of load.readersAt(url)) {
    for (const id of load.chatIds) {
      const { last_message, unread_count } = (await person.get(`/api/chats/${id}`)).body;
      expect(last_message.id).toBeGreaterThanOrEqual(load.newest.get(id) ?? 0);
      if (unread_count > 0) all.push({ id, userId: person.id, messageId: last_message.id });
    }
  }
  return all;
}

/** Chats of which a device was not told the newest message last. */
export function untold(load: PushLoad, chats: UnreadChat[]): string[] {
  return load.devices.flatMap((device) =>
    chats
      .filter((chat) => chat.userId === device.userId)
      .filter((chat) => toldOf(device, chat.id).at(-1)?.message_id !== chat.messageId)
      .map((chat) => `${device.userId} was not told of ${chat.messageId} in ${chat.id}`),
  );
}

/** Pushes of a message that the server does not have, or has with another text. */
export async function neverStored(load: PushLoad, url: string): Promise<string[]> {
  const [person] = load.readersAt(url);
  const stored = new Set<string>();
  for (const id of load.chatIds) for (const line of await wholeHistory(person!, id)) stored.add(line);
  return load.devices.flatMap((device) =>
    toldOf(device)
      .map((one) => `${one.message_id} ${one.body}`)
      .filter((line) => !stored.has(line)),
  );
}

async function wholeHistory(person: Person, chatId: number): Promise<string[]> {
  const lines: string[] = [];
  let query = "";
  for (;;) {
    const { messages, has_more_before } = (await person.get(`/api/messages/${chatId}?limit=100${query}`))
      .body;
    lines.push(...messages.map((one: any) => `${one.id} ${one.sender_username}: ${one.content}`));
    if (!has_more_before) return lines;
    query = `&before=${messages[0].id}`;
  }
}

/**
 * Pushes of what had been read. One may have been under way when the reading was acknowledged; the next server sends none.
 */
export function toldAfterReading(load: PushLoad, fences: Map<Device, number>[]): string[] {
  return load.readings.flatMap(({ device, chatId, messageId, received, round }) => {
    const since = toldOf(device, chatId).filter((one) => one.index >= received);
    const late = since.filter((one) => (one.message_id ?? 0) <= messageId);
    const byNextServer = late.filter((one) => one.index >= (fences[round]?.get(device) ?? 0));
    if (late.length <= 1 && byNextServer.length === 0) return [];
    return [
      `${device.userId} was told of ${late.map((one) => one.message_id)} after ${messageId} in ${chatId}`,
    ];
  });
}

/** The messages that a device was told of, in a chat or in all. */
function toldOf({ subscription }: Device, chatId?: number) {
  return subscription.received.flatMap(({ content }, index) => {
    const isMeant = content.type === "message" && (chatId === undefined || content.chat_id === chatId);
    return isMeant ? [{ ...content, index }] : [];
  });
}
