import type { z } from "zod";

import { ChatError } from "../../core/errors.ts";
import type { Read } from "../../platform/db/database.ts";
import { addAccount, toMe } from "./account.ts";
import { refuseWeak } from "./passwords.ts";
import { changeUser } from "./people.ts";
import type * as wire from "./schema.ts";
import type { OperatorDeps, ReportDeps } from "./deps.ts";
import { endOtherSessions } from "./sessions.ts";
import * as store from "./store.ts";

type Me = z.infer<typeof wire.Me>;

/** The verbs of the operator, who has no session. */
export function createOperator(deps: OperatorDeps) {
  const { db, journal, clock, passwords, isOnline, accountChanged } = deps;

  async function add(input: z.output<typeof wire.Register>): Promise<Me> {
    refuseWeak(input.password);
    const passwordHash = await passwords.hash(input.password);
    return toMe(await db.transact((tx) => addAccount(tx, input, passwordHash, clock.now())), isOnline);
  }

  async function setPassword(username: string, password: string): Promise<Me> {
    refuseWeak(password);
    const passwordHash = await passwords.hash(password);
    return db.transact(async (tx) => {
      const user = await requireByName(tx, username);
      await endOtherSessions(tx, journal, user.id, 0, clock.now());
      return toMe(await store.updateUser(tx, user.id, { passwordHash }), isOnline);
    });
  }

  function setActive(username: string, isActive: boolean): Promise<Me> {
    return db.transact(async (tx) => {
      const user = await requireByName(tx, username);
      if (user.isActive === isActive) return toMe(user, isOnline);
      if (!isActive) await endOtherSessions(tx, journal, user.id, 0, clock.now());
      const changed = await changeUser(tx, journal, user, { isActive });
      await accountChanged(tx, user.id);
      return toMe(changed, isOnline);
    });
  }

  async function requireByName(read: Read, username: string): Promise<store.UserRow> {
    const user = await store.findUserByLogin(read, username);
    if (!user) throw new ChatError("not_found", `There is no user ${JSON.stringify(username)}.`);
    return user;
  }

  return { add, setPassword, setActive };
}

export function listAccounts({ db, isOnline }: ReportDeps): Promise<Me[]> {
  return db.read(async (read) => (await store.listUsers(read)).map((row) => toMe(row, isOnline)));
}
