import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { requireActor } from "../../accounts/index.ts";
import { requireMember } from "../../chat/index.ts";
import type { Epochs, RosterRow } from "./schema.ts";
import * as store from "./store.ts";

/** Rosters in one answer: with 512 rows each some 1.5 MB. */
const mostRosters = 20;

/** The epochs of a chat behind `since`, each with its key for me: none of a plain chat. Errors: `not_found`. */
export function listEpochs(
  kit: Kit,
  actor: Actor,
  chatId: number,
  { since, limit }: { since: number; limit: number },
): Promise<Epochs> {
  return kit.db.read(async (read) => {
    const me = await requireActor(read, actor);
    await requireMember(read, chatId, me.id);
    const found = await store.epochsAfter(read, chatId, since, limit + 1);
    const page = await fitting(read, chatId, since, found.slice(0, limit));
    const upTo = page.rows.at(-1)?.n ?? since;
    const mine = await store.recipientsOf(read, { chatId, userId: me.id, since, upTo });
    const own = new Map(mine.map((one) => [one.n, one]));
    return {
      epochs: page.rows.map((row) => {
        const recipient = own.get(row.n);
        const { n, announcement } = row;
        return { n, announcement, recipient: recipient ? flattened(row, recipient) : null };
      }),
      rosters: await loadRosters(read, chatId, page.firsts),
      has_more: page.rows.length < found.length,
    };
  });
}

type First = Awaited<ReturnType<typeof store.firstWith>>[number];

/** As many of the epochs as have no more new rosters than fit into one answer, and the first epoch of each of those. */
async function fitting(read: Read, chatId: number, since: number, rows: store.EpochRow[]) {
  const firsts = (await store.firstWith(read, chatId, new Set(rows.map((row) => row.roster))))
    .filter((one) => one.n > since)
    .toSorted((one, other) => one.n - other.n);
  const tooMany = firsts[mostRosters];
  if (!tooMany) return { rows, firsts };
  return { rows: rows.filter((row) => row.n < tooMany.n), firsts: firsts.slice(0, mostRosters) };
}

async function loadRosters(
  read: Read,
  chatId: number,
  firsts: First[],
): Promise<Record<string, RosterRow[]>> {
  const readers = await store.readersOf(
    read,
    chatId,
    firsts.map((one) => one.n),
  );
  const byEpoch = Map.groupBy(readers, (one) => one.n);
  return Object.fromEntries(
    firsts.map(({ hash, n }) => [
      hash,
      (byEpoch.get(n) ?? []).map(({ userId, ikKid, ekKid }) => ({
        user_id: userId,
        ik_kid: ikKid,
        ek_kid: ekKid,
      })),
    ]),
  );
}

/** RFC 7516, 7.2.2. */
function flattened(epoch: store.EpochRow, { ekKid, encryptedKey }: store.RecipientRow): string {
  const { protected: head, iv, ciphertext, tag } = epoch;
  const header = { alg: "RSA-OAEP-256", kid: ekKid };
  return JSON.stringify({ protected: head, header, encrypted_key: encryptedKey, iv, ciphertext, tag });
}
