import { rmSync } from "node:fs";

import type { Session } from "../../sdk/index.ts";
import { chooseAccount, listAccounts } from "../accounts/account.ts";
import { type Context, deadline } from "../context.ts";
import { exitCodes, Failure, failureOf } from "../exit-codes.ts";
import { unsent } from "../outbox.ts";
import { withSessionOf } from "../session.ts";
import { within } from "../wait.ts";

/**
 * Ends the session and removes the account's files. With `isForced` also where something is unsent, or the server cannot
 * be told.
 */
export async function logout(context: Context, isForced: boolean): Promise<number> {
  const account = chooseAccount(listAccounts(context.root), context.account);
  try {
    await within(
      deadline(context),
      withSessionOf(account, context, async (session) => {
        const count = unsent(session).length;
        if (count > 0 && !isForced) {
          throw new Failure(exitCodes.refused, `Not sent yet: ${count}. With --force they are lost.`);
        }
        await tellOfKeys(session, context, isForced);
        await session.signOut();
      }),
    );
  } catch (error) {
    // A session that has ended needs no end.
    const isOver = failureOf(error)?.exitCode === exitCodes.signedOut;
    if (context.stop.aborted || (!isOver && !isForced)) throw error;
  }
  rmSync(account.directory, { recursive: true, force: true });
  context.note(`Signed out as ${account.name}.`);
  return exitCodes.done;
}

/** Signing out erases the keys of this device. Errors: Failure where nobody could bring them back. */
async function tellOfKeys({ encryption }: Session, { note }: Context, isForced: boolean): Promise<void> {
  const state = await encryption.check();
  if (state !== "ready") return;
  const isUnseen = encryption.problems.peek().some((one) => one.kind === "recovery_key_unseen");
  if (isUnseen && !isForced) {
    throw new Failure(
      exitCodes.keys,
      "Nobody has seen your recovery key: parley chat keys recovery. With --force what is encrypted may be lost.",
    );
  }
  note(
    "Your keys are erased here. To read encrypted chats again, you need your recovery key or your passphrase.",
  );
}
