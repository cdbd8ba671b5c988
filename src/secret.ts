/** The server's secret, and what follows from another one than before: whoever was signed in signs in again. */
import { join } from "node:path";

import type { Log } from "./core/log.ts";
import { countUsers, endAllSessions, hasSessions } from "./features/accounts/index.ts";
import type { Kit } from "./kit.ts";
import { findMeta, setMeta } from "./platform/db/meta.ts";
import { fingerprintOf, loadSecretKey } from "./platform/secret-key.ts";

export interface SecretOptions extends Pick<Kit, "db" | "journal" | "clock"> {
  log: Log;
  dataDir: string;
  /** SECRET_KEY, or empty. */
  given: string;
  /** `--rotate-secret`. */
  rotate: boolean;
}

const row = "secret key";

/** Errors: SecretKeyError. */
export async function openSecret(options: SecretOptions): Promise<Uint8Array> {
  const { db, log, dataDir, given, rotate } = options;
  const known = await db.read((read) => findMeta(read, row));
  const secret = await loadSecretKey({
    given,
    file: join(dataDir, "secret.key"),
    rotate,
    known,
    // Without a server none of them has signed in yet.
    hasData: () =>
      db.read(
        async (read) => (await countUsers(read)) > 0 && (known !== undefined || (await hasSessions(read))),
      ),
    made: (file) => log.info("made a new secret key; keep it with your backups", { file }),
  });
  const fingerprint = fingerprintOf(secret);
  const isOther = known !== undefined && known !== fingerprint;
  if (rotate || isOther) await endAll(options, fingerprint);
  else if (known === undefined) await db.transact((tx) => setMeta(tx, row, fingerprint));
  return secret;
}

/** Whoever knows an earlier key and one refresh token, used up or not, can work out all that follow it. */
async function endAll(options: SecretOptions, fingerprint: number): Promise<void> {
  const { db, log } = options;
  const sessions = await db.transact(async (tx) => {
    await setMeta(tx, row, fingerprint);
    return endAllSessions(options, tx);
  });
  if (sessions > 0) log.warn("everybody has to sign in again", { sessions });
}
