import type { PublicKey } from "./schema.ts";
import type { EntryRow } from "./store.ts";

/** `log`: undefined where it was not asked for. */
export function toPublicKey(row: EntryRow, log: string[] | undefined): PublicKey {
  return {
    user_id: row.userId,
    public_key: row.enc,
    public_key_pem: row.encPem,
    signing_key: row.sig,
    kid: row.encKid,
    custody: row.custody,
    confirmed: row.isConfirmed,
    seq: row.seq,
    fingerprint: row.sigKid,
    ...(log && { log }),
  };
}
