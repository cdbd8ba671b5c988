import { existsSync } from "node:fs";
import { join } from "node:path";

import { connect, type Credentials, type ParleyError, type Session, type Store } from "../sdk/index.ts";
import { sqliteStore } from "../sdk/store/sqlite.ts";
import { type Account, chooseAccount, damaged, listAccounts } from "./accounts/account.ts";
import type { Context } from "./context.ts";

/** Where the library keeps tokens. */
const tokensName = "session.json";

export interface SessionOptions {
  /** To sign in with; else the session goes on that is kept. */
  credentials?: Credentials;
  /** What is to be between the session and the account's store. */
  storeOver?(own: Store): Store;
}

/** Works with the session of the account that is meant; it is closed at the end, whatever happens. */
export function withSession<T>(
  context: Context,
  work: (session: Session) => Promise<T>,
  options: SessionOptions = {},
): Promise<T> {
  return withSessionOf(chooseAccount(listAccounts(context.root), context.account), context, work, options);
}

export async function withSessionOf<T>(
  account: Account,
  context: Context,
  work: (session: Session) => Promise<T>,
  { credentials, storeOver = (own) => own }: SessionOptions = {},
): Promise<T> {
  const store = storeOver(await sqliteStore(account.directory));
  const session = await connect(account.server, credentials, { store }).catch((error) => {
    const tokens = join(account.directory, tokensName);
    // The library takes tokens that it cannot read for none.
    throw (error as ParleyError).code === "signed_out" && existsSync(tokens) ? damaged(tokens) : error;
  });
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
