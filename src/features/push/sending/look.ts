import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import type { OutboxRow } from "../outbox/store.ts";
import { type Decision, decide, type Sending } from "./decide.ts";
import { loadFacts } from "./facts.ts";
import * as store from "./store.ts";

/** Decides about rows that are due, and writes down what leads to no push. Answers what is to be sent. */
export async function lookAt(kit: Kit, rows: readonly OutboxRow[]): Promise<Sending[]> {
  // A dozen and a half statements, which would hold up messages on the event loop.
  const facts = await kit.db.readInThread((read) => loadFacts(read, rows));
  const decisions = rows.map((row) => decide(kit, facts, row));
  const others = decisions.filter((one) => one.kind !== "send");
  if (others.length > 0) {
    await kit.db.transact(async (tx) => {
      for (const one of others) await write(tx, one);
    });
  }
  return decisions.filter((one) => one.kind === "send");
}

async function write(tx: Tx, decision: Exclude<Decision, Sending>): Promise<void> {
  const { kind, row } = decision;
  const current = await store.findRow(tx, row);
  // Something has been added since: it stays due, and is looked at again.
  if (current?.revision !== row.revision) return;
  if (kind === "wait") return store.changeRow(tx, row, decision.until);
  const isShown = row.shownId > 0 || row.shownNotificationId > 0;
  if (kind === "forget" || !isShown) return store.deleteRow(tx, row);
  await store.changeRow(tx, row, {
    ...store.nothingToTell,
    dueAt: null,
    isFailing: false,
    isGone: decision.isGone,
  });
}
