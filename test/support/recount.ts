import type { Database } from "bun:sqlite";

import { openBeside } from "./written.ts";

/** What the tables say, counted the long way: message by message. */
export class Recount {
  readonly #db: Database;

  constructor(dataDir: string) {
    this.#db = openBeside(dataDir);
  }

  /** Of each of somebody's chats its id, how many messages and how many mentions they have not read; and all those. */
  of(userId: number): { chats: [id: number, unread: number, mentions: number][]; mentioned: number[] } {
    const rows = this.#db
      .query<{ chat: number; id: number | null; isMention: number }, [number]>(
        `SELECT members.chat_id AS chat, messages.id AS id,
                EXISTS (SELECT 1 FROM mentions WHERE message_id = messages.id AND user_id = members.user_id
                                                 AND read_pos IS NULL) AS isMention
         FROM members LEFT JOIN messages
           ON messages.chat_id = members.chat_id AND messages.id > members.last_read_id
           AND messages.sender_id <> members.user_id AND messages.deleted_by IS NULL
           AND messages.content_type <> 'system'
         WHERE members.user_id = ? ORDER BY members.chat_id, messages.id`,
      )
      .all(userId);
    const chats = [...Map.groupBy(rows, (row) => row.chat)].map(([chat, some]) => {
      const there = some.filter((row) => row.id !== null);
      return [chat, there.length, there.filter((row) => row.isMention).length] as [number, number, number];
    });
    const mentioned = rows.filter((row) => row.isMention).map((row) => row.id!);
    return { chats, mentioned: mentioned.toSorted((a, b) => a - b) };
  }

  /** The newest messages that somebody wrote, in chats they are in, and what has become of each. */
  statuses(userId: number): [id: number, status: string][] {
    const mine = this.#db
      .query<{ id: number; chat: number }, [number]>(
        `SELECT messages.id AS id, messages.chat_id AS chat FROM messages
         JOIN members ON members.chat_id = messages.chat_id AND members.user_id = messages.sender_id
         WHERE sender_id = ? AND content_type <> 'system' ORDER BY messages.id DESC LIMIT 3`,
      )
      .all(userId);
    return mine.map(({ id, chat }) => {
      const everybody = this.#db
        .query<{ read: number; delivered: number; isOpen: number }, [number, number]>(
          `SELECT last_read_id AS read, last_delivered_id AS delivered, users.is_active AS isOpen FROM members
           JOIN users ON users.id = members.user_id WHERE chat_id = ? AND user_id <> ?`,
        )
        .all(chat, userId);
      const open = everybody.filter((one) => one.isOpen);
      const others = open.length > 0 ? open : everybody;
      const all = (marker: "read" | "delivered") =>
        others.length > 0 && others.every((one) => one[marker] >= id);
      return [id, all("read") ? "read" : all("delivered") ? "delivered" : "sent"];
    });
  }

  chatOf(messageId: number): number {
    return this.#db
      .query<{ chat_id: number }, [number]>("SELECT chat_id FROM messages WHERE id = ?")
      .get(messageId)!.chat_id;
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}
