import type { OperatorKit } from "../../../feature.ts";
import { refuseWeak } from "../passwords/passwords.ts";
import type { Me, Register } from "../schema.ts";
import { passwords } from "../state.ts";
import { addAccount, toMe } from "../users/account.ts";

/** Makes an account, also where registration is closed. Errors: `weak_password`, `username_taken`, `email_taken`. */
export async function addUser(kit: OperatorKit, input: Register): Promise<Me> {
  refuseWeak(input.password);
  const passwordHash = await passwords(kit).hash(input.password);
  return toMe(kit, await kit.db.transact((tx) => addAccount(kit, tx, input, passwordHash)));
}
