import { calculateJwkThumbprint } from "jose";

import moduli from "../../fixtures/e2ee/crowd-keys.json";
import { openBeside } from "../written.ts";
import { hashOf } from "./encrypted-chat.ts";
import { makePair, sign } from "./people.ts";

/**
 * Gives keys to those in a chat who have none, each an entry of their own: up to 512. Nobody can open what is encrypted for them. The server
 * must be idle.
 */
export async function keysForCrowd(dataDir: string, iss: string, chatId: number): Promise<void> {
  using db = openBeside(dataDir);
  const lacking = db
    .query<{ id: number }, [number]>(
      `SELECT user_id AS id FROM members
       WHERE chat_id = ? AND user_id NOT IN (SELECT user_id FROM directory_entries) ORDER BY user_id`,
    )
    .all(chatId);
  const rows = await Promise.all(lacking.map(({ id }, i) => entryOf(iss, id, moduli[i]!)));
  const insert = db.query(
    `INSERT INTO directory_entries
       (user_id, seq, entry, hash, sig, sig_kid, enc, enc_kid, enc_pem, custody, reason, at)
     VALUES (?, 1, ?, ?, ?, ?, ?, ?, '', 'client', 'init', 0)`,
  );
  db.transaction(() => {
    for (const row of rows) insert.run(...row);
  })();
}

async function entryOf(iss: string, sub: number, n: string) {
  const ik = await makePair("ES256");
  const enc = { kty: "RSA", n, e: "AQAB" };
  const keys = { sig: ik.jwk, enc, custody: "client", reason: "init" };
  const entry = await sign({ v: 1, iss, sub, seq: 1, prev: null, ...keys, iat: 0 }, ik, "chat-key+jws");
  const encKid = await calculateJwkThumbprint(enc);
  const { jwk, kid } = ik;
  return [sub, entry, hashOf(entry), JSON.stringify(jwk), kid, JSON.stringify(enc), encKid] as const;
}
