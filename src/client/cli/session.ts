import { connect, type Credentials, type Session } from "../sdk/index.ts";
import { sqliteStore } from "../sdk/store/sqlite.ts";
import { type Account, chooseAccount, listAccounts } from "./accounts/account.ts";
import type { Context } from "./context.ts";

/** Works with the session of the account that is meant; it is closed at the end, whatever happens. */
export function withSession<T>(context: Context, work: (session: Session) => Promise<T>): Promise<T> {
  return withSessionOf(chooseAccount(listAccounts(context.root), context.account), context, work);
}

export async function withSessionOf<T>(
  account: Account,
  context: Context,
  work: (session: Session) => Promise<T>,
  credentials?: Credentials,
): Promise<T> {
  const store = await sqliteStore(account.directory);
  const session = await connect(account.server, credentials, { store });
  const stopWatching = session.isKept.subscribe((isKept) => {
    if (!isKept)
      context.note(`${account.directory} cannot be written: nothing is kept beyond the end of this command.`);
  });
  const wake = () => session.wake();
  context.process.on("SIGCONT", wake);
  try {
    return await work(session);
  } finally {
    context.process.off("SIGCONT", wake);
    stopWatching();
    await session.close();
  }
}
