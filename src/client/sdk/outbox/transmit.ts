import type { Caller } from "../calls.ts";
import { arrived, erase, moveMarkers, putMessage } from "../replica/changes.ts";
import { loadMessages } from "../replica/load.ts";
import type { Replica } from "../replica/replica.ts";
import type { Change } from "../replica/rows.ts";
import type { Socket } from "../socket.ts";
import type { Message } from "../wire.ts";
import type { DeleteEntry, EditEntry, Entry, ReactEntry, ReadEntry, Sealed, SendEntry } from "./entry.ts";

/** The ways to the server. */
export interface Doors {
  caller: Pick<Caller, "call">;
  socket: Socket;
  replica: Replica;
}

/** What has to be changed here when an entry has been acknowledged. */
type Acknowledged = () => Change[];

export interface Transmitted {
  changes: Acknowledged;
  /** What was sealed is what the server has: of two who delete a message the first one has. */
  isStored: boolean;
}

/**
 * Gives an entry to the server: by the socket where it is open, else over REST, which may work where WebSockets do not. Repeating is
 * harmless: sends and edits carry a `client_id`, the rest says how something should be.
 */
export async function transmit(doors: Doors, entry: Exclude<Entry, SendEntry>): Promise<Transmitted> {
  if (entry.kind === "delete" && entry.sealed) return removeSealed(doors, entry, entry.sealed);
  return { changes: await acknowledged(doors, entry), isStored: true };
}

function acknowledged(doors: Doors, entry: Exclude<Entry, SendEntry>): Promise<Acknowledged> {
  if (entry.kind === "edit") return edit(doors, entry);
  if (entry.kind === "delete") return remove(doors, entry);
  if (entry.kind === "react") return react(doors, entry);
  return read(doors, entry);
}

/** `media_ids`: its files, which have been uploaded. */
export async function send(
  { caller, socket, replica }: Doors,
  { chat_id, key: client_id, content, content_type = "text", reply_to, sealed }: SendEntry,
  media_ids: number[],
): Promise<Acknowledged> {
  const fields = {
    ...(sealed ? { content: sealed.content, encrypted: true, mentions: [...sealed.mentions] } : { content }),
    client_id,
    ...(typeof reply_to === "number" && { reply_to_id: reply_to }),
    ...(media_ids.length > 0 && { media_ids }),
  };
  const message = socket.isOpen
    ? (await socket.ask("send_message", { chat_id, message_type: content_type, ...fields })).message
    : await caller.call("POST /api/messages/{id}", {
        path: { id: chat_id },
        body: { content_type, ...fields },
      });
  return () => put(replica, message);
}

async function edit(
  { caller, socket, replica }: Doors,
  { message_id, client_id, sealed, ...entry }: EditEntry,
): Promise<Acknowledged> {
  const content = sealed?.content ?? entry.content;
  const message = socket.isOpen
    ? (await socket.ask("edit_message", { message_id, content, client_id })).message
    : await caller.call("PUT /api/messages/{id}", {
        path: { id: message_id },
        body: { content, client_id },
      });
  return () => put(replica, message);
}

async function remove(
  { caller, socket, replica }: Doors,
  { chat_id, message_id }: DeleteEntry,
): Promise<Acknowledged> {
  if (socket.isOpen) await socket.ask("delete_message", { message_id });
  else await caller.call("DELETE /api/messages/{id}", { path: { id: message_id } });
  return () => {
    const state = replica.chats.get(chat_id);
    return state ? erase(state, message_id) : [];
  };
}

/** The tombstone keeps what the first one who deleted the message has signed: whose that is, only the message says. */
async function removeSealed(
  { caller, replica }: Doors,
  { chat_id, message_id }: DeleteEntry,
  { content, client_id }: Sealed,
): Promise<Transmitted> {
  await caller.call("DELETE /api/messages/{id}", { path: { id: message_id }, body: { content, client_id } });
  const { messages } = await loadMessages(caller, chat_id, { around: message_id });
  const message = messages.find((one) => one.id === message_id);
  return {
    changes: () => (message ? put(replica, message) : []),
    isStored: message?.content === content,
  };
}

async function react(
  { caller, replica }: Doors,
  { message_id, emoji, is_on }: ReactEntry,
): Promise<Acknowledged> {
  const path = { message_id, emoji };
  const message = is_on
    ? await caller.call("PUT /api/messages/{message_id}/reactions/{emoji}", { path })
    : await caller.call("DELETE /api/messages/{message_id}/reactions/{emoji}", { path });
  return () => put(replica, message);
}

async function read(
  { caller, socket, replica }: Doors,
  { chat_id, message_id }: ReadEntry,
): Promise<Acknowledged> {
  const markers = socket.isOpen
    ? await socket.ask("message_read", { chat_id, message_id })
    : await caller.call("POST /api/messages/{message_id}/read", { path: { message_id } });
  return () => {
    const state = replica.chats.get(chat_id);
    return state ? moveMarkers(replica, state, replica.myId, markers) : [];
  };
}

/** Of a chat that one is in no more it is only known that it has arrived. */
function put(replica: Replica, message: Message): Change[] {
  const state = replica.chats.get(message.chat_id);
  return state ? putMessage(replica, state, message) : arrived(replica, message);
}
