import { listAccounts } from "../accounts/account.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { jsonLine } from "../text/visible.ts";

/** Who is signed in here, by the names that `--account` takes. */
export async function accounts({ root, output, style }: Context, asJson: boolean): Promise<number> {
  for (const { name, username, server } of listAccounts(root)) {
    await output.line(
      asJson ? jsonLine({ name, username, server }) : `${style.name(name)}  ${style.name(server)}`,
    );
  }
  return exitCodes.done;
}
