/** `iss`: which server it is that keys and signatures are for. Unlike its address and its secret it never changes. */
import type { Job } from "../../../core/job.ts";
import { toBase64url } from "../../../e2ee/bytes.ts";
import { type Kit, perKit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { findServerId, insertServerId } from "./store.ts";

const idBytes = 16;

/** 16 random bytes in base64url. */
export const serverId = perKit((kit: Kit): Promise<string> => kit.db.transact(ensure));

/** Made with the first start, before anybody can make a backup without it. */
export function serverIdJob(kit: Kit): Job {
  return {
    name: "server id",
    start: async () => void (await serverId(kit)),
    settled: async () => {},
    stop: async () => {},
  };
}

async function ensure(tx: Tx): Promise<string> {
  const known = await findServerId(tx);
  if (known !== undefined) return known;
  const made = toBase64url(crypto.getRandomValues(new Uint8Array(idBytes)));
  await insertServerId(tx, made);
  return made;
}
