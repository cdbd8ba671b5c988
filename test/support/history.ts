import { expect } from "bun:test";

import { lineOf } from "./heard.ts";
import type { Load } from "./load.ts";

/** What everybody heard is what the server has, with each acknowledged message once and at its place. */
export async function compareWithHistory(load: Load, url: string): Promise<void> {
  const named = new Map<string, string>();
  for (const { chatId, lines } of load.conversations.values()) {
    const heard = lines.slice(1);
    expect(await wholeHistory(load, url, chatId)).toEqual(heard);
    for (const line of heard) {
      const { id, seq, client_id } = JSON.parse(line);
      if (client_id === null) continue;
      expect(named.has(client_id)).toBe(false);
      named.set(client_id, `${id} at ${chatId}/${seq}`);
    }
  }
  for (const [clientId, { id, chatId, seq }] of load.acknowledged) {
    if (named.get(clientId) !== `${id} at ${chatId}/${seq}`)
      throw new Error(`${clientId} is not in its place`);
  }
}

async function wholeHistory(load: Load, url: string, chatId: number): Promise<string[]> {
  const lines: string[] = [];
  for (const person of load.people) {
    const headers = { Authorization: `Bearer ${person.accessToken}` };
    const page = async (query: string): Promise<any> =>
      (await fetch(`${url}/api/messages/${chatId}?limit=100${query}`, { headers })).json();
    let { messages, has_more_before } = await page("");
    if (!messages) continue; // Not in this chat.
    for (;;) {
      lines.unshift(...messages.map(lineOf));
      if (!has_more_before) return lines;
      ({ messages, has_more_before } = await page(`&before=${messages[0].id}`));
    }
  }
  return lines;
}
