import { existsSync, rmSync } from "node:fs";

import type { Credentials } from "../../sdk/index.ts";
import { accountAt, keepAccount } from "../accounts/account.ts";
import { readPassword } from "../accounts/password.ts";
import { serverUrl } from "../accounts/server-url.ts";
import { type Context, deadline } from "../context.ts";
import { exitCodes, Failure } from "../exit-codes.ts";
import { withSessionOf } from "../session.ts";
import { within } from "../wait.ts";

/** Signs in, or with an address makes an account first. */
export async function login(
  context: Context,
  url: string,
  username: string,
  email?: string,
): Promise<number> {
  // It becomes the name of a directory.
  if (!/^[A-Za-z0-9_.-]{3,32}$/.test(username)) {
    throw new Failure(exitCodes.usage, `${username} is no user name: 3 to 32 of A-Z a-z 0-9 _ . -`);
  }
  const account = accountAt(context.root, serverUrl(url), username);
  const credentials = await ask(context, username, email);
  const isNew = !existsSync(account.directory);
  try {
    const signal = deadline(context);
    await within(
      signal,
      withSessionOf(
        account,
        context,
        async (session) => {
          // From now on nothing is missed: the first `listen` begins here.
          await session.live();
          keepAccount({ ...account, username: session.me.peek().username });
        },
        { credentials },
      ),
    );
  } catch (error) {
    if (isNew && existsSync(account.directory)) rmSync(account.directory, { recursive: true, force: true });
    throw error;
  }
  context.note(`Signed in as ${account.name}.`);
  return exitCodes.done;
}

async function ask(context: Context, username: string, email: string | undefined): Promise<Credentials> {
  const password = await readPassword(context, `Password for ${username}: `);
  if (email === undefined) return { username, password };
  if (context.process.stdin.isTTY && (await readPassword(context, "The same again: ")) !== password) {
    throw new Failure(exitCodes.usage, "These were two different passwords.");
  }
  return { register: { username, email, password } };
}
