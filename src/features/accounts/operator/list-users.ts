import type { ReportKit } from "../../../feature.ts";
import type { Me } from "../schema.ts";
import { toMe } from "../users/account.ts";
import { allUsers } from "../users/store.ts";

/** All accounts. */
export function listUsers(kit: ReportKit): Promise<Me[]> {
  return kit.db.read(async (read) => (await allUsers(read)).map((user) => toMe(kit, user)));
}
