/**
 * What this design can reach: stored messages with everything that Parley promises about one (membership, the
 * idempotent `client_id`, a gap-free `seq`, the journal, a savepoint per send, one commit and one flush for all
 * that wait, frames and acknowledgements only afterwards) and nothing else: no validation, no accounts, no REST.
 * A token is a user's number; user N is in all chats from CHATS (`{"1": 10}`: the first ten are in chat 1).
 */
import { Database } from "bun:sqlite";
import { open } from "node:fs/promises";

interface Send {
  request_id: string;
  chat_id: number;
  client_id: string;
  content: string;
}

interface Job {
  sender: number;
  send: Send;
  message: string;
  frame: string;
  answer(text: string): void;
}

const file = `${process.env["DATA_DIR"]}/smallest.sqlite`;
const chats = Object.entries(JSON.parse(process.env["CHATS"] ?? "{}") as Record<string, number>);
const epoch = "0123456789ab";

const db = new Database(file, { create: true });
for (const statement of [
  "PRAGMA journal_mode = WAL",
  "PRAGMA synchronous = NORMAL",
  "PRAGMA wal_autocheckpoint = 4000",
  "CREATE TABLE chats (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL)",
  "CREATE TABLE members (chat_id INTEGER, user_id INTEGER, PRIMARY KEY (chat_id, user_id)) WITHOUT ROWID",
  `CREATE TABLE messages (id INTEGER PRIMARY KEY, chat_id INTEGER, seq INTEGER, sender_id INTEGER,
     client_id TEXT, content TEXT, created_at INTEGER)`,
  "CREATE UNIQUE INDEX messages_seq ON messages (chat_id, seq)",
  "CREATE UNIQUE INDEX messages_client ON messages (sender_id, client_id)",
  "CREATE TABLE journal (pos INTEGER PRIMARY KEY, audience TEXT, type TEXT, ref INTEGER, at INTEGER)",
  "CREATE INDEX journal_audience ON journal (audience, pos)",
]) {
  db.run(statement);
}
const addMember = db.prepare("INSERT INTO members VALUES (?, ?)");
db.transaction(() => {
  for (const [chat, count] of chats) {
    db.run("INSERT INTO chats VALUES (?, 0)", [Number(chat)]);
    for (let user = 1; user <= count; user++) addMember.run(Number(chat), user);
  }
})();

const begin = db.prepare("BEGIN IMMEDIATE");
const commit = db.prepare("COMMIT");
const savepoint = db.prepare("SAVEPOINT send");
const release = db.prepare("RELEASE send");
const known = db.prepare("SELECT id FROM messages WHERE sender_id = ? AND client_id = ?");
const member = db.prepare("SELECT 1 FROM members WHERE chat_id = ? AND user_id = ?");
const count = db.prepare<{ seq: number }, [number]>(
  "UPDATE chats SET seq = seq + 1 WHERE id = ? RETURNING seq",
);
const insert = db.prepare<{ id: number }, (string | number)[]>(
  `INSERT INTO messages (chat_id, seq, sender_id, client_id, content, created_at)
   VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
);
const record = db.prepare<{ pos: number }, (string | number)[]>(
  "INSERT INTO journal (audience, type, ref, at) VALUES (?, 'new_message', ?, ?) RETURNING pos",
);
const log = await open(`${file}-wal`, "r+");

let waiting: Job[] = [];
let working = false;

async function work(): Promise<void> {
  working = true;
  while (waiting.length > 0) {
    const group = waiting;
    waiting = [];
    begin.run();
    for (const job of group) {
      savepoint.run();
      store(job);
      release.run();
    }
    commit.run();
    await log.datasync();
    for (const { send, frame } of group) if (frame) server.publish(`chat:${send.chat_id}`, frame);
    for (const { send, message, answer } of group) {
      answer(`{"type":"ack","request_id":"${send.request_id}","message":${message}}`);
    }
  }
  working = false;
}

function store(job: Job): void {
  const { sender, send } = job;
  if (known.get(sender, send.client_id) || !member.get(send.chat_id, sender)) return;
  const at = Date.now();
  const { seq } = count.get(send.chat_id)!;
  const { id } = insert.get(send.chat_id, seq, sender, send.client_id, send.content, at)!;
  const { pos } = record.get(`chat:${send.chat_id}`, id, at)!;
  job.message = JSON.stringify({
    id,
    chat_id: send.chat_id,
    seq,
    client_id: send.client_id,
    sender_id: sender,
    sender_username: `person-${String(sender).padStart(5, "0")}`,
    reply_to_id: null,
    reply_to: null,
    content: send.content,
    content_type: "text",
    status: "sent",
    is_edited: false,
    edited_at: null,
    is_deleted: false,
    created_at: new Date(at).toISOString(),
    mentions: [],
    mentions_all: false,
    system: null,
  });
  job.frame = `{"type":"new_message","cursor":"${epoch}-${pos}","message":${job.message}}`;
}

const server = Bun.serve({
  hostname: process.env["HOST"] ?? "127.0.0.1",
  port: Number(process.env["PORT"] ?? 0),
  fetch(request, server) {
    const token = request.headers.get("authorization")?.slice("Bearer ".length);
    if (token === undefined) return new Response("{}");
    return server.upgrade(request, { data: Number(token) }) ? undefined : new Response("", { status: 426 });
  },
  websocket: {
    data: 0,
    perMessageDeflate: false,
    open(ws) {
      for (const [chat] of chats) if (member.get(Number(chat), ws.data)) ws.subscribe(`chat:${chat}`);
      ws.send('{"type":"connected"}');
    },
    message(ws, text) {
      const send = JSON.parse(text as string) as Send;
      waiting.push({
        sender: ws.data,
        send,
        message: "null",
        frame: "",
        answer: (answer) => ws.send(answer),
      });
      if (!working) queueMicrotask(work);
    },
  },
});
