import { existsSync, readFileSync } from "node:fs";

import { exportJWK, exportPKCS8, generateKeyPair, importPKCS8 } from "jose";

import { isOpenToOthers, keepPrivate } from "../../private-file.ts";
import { PushConfigError } from "../push.ts";

/** What stops the start, in one sentence. */
export class VapidError extends PushConfigError {}

export interface VapidKey {
  privateKey: CryptoKey;
  /** Uncompressed, base64url. */
  publicKey: string;
}

const algorithm = "ES256";

/**
 * The key pair that push services know this server by (RFC 8292), made where there is none. Subscriptions belong to it:
 * with another one, all of them have to be made anew. Errors: VapidError.
 */
export async function loadVapidKey(file: string, made: (file: string) => void): Promise<VapidKey> {
  if (existsSync(file)) return readVapidKey(file);
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  keepPrivate(file, await exportPKCS8(privateKey));
  made(file);
  return withPublicKey(privateKey);
}

/** The key that was made before. Errors: VapidError. */
export async function readVapidKey(file: string): Promise<VapidKey> {
  if (isOpenToOthers(file)) throw new VapidError(`${file} can be read by others: set its mode to 0600.`);
  try {
    return await withPublicKey(
      await importPKCS8(readFileSync(file, "utf8"), algorithm, { extractable: true }),
    );
  } catch (cause) {
    throw new VapidError(
      `${file} is damaged: put it back from a backup, or remove it, after which browsers have to subscribe again.`,
      { cause },
    );
  }
}

async function withPublicKey(privateKey: CryptoKey): Promise<VapidKey> {
  const { x = "", y = "" } = await exportJWK(privateKey);
  const point = [Buffer.of(4), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")];
  return { privateKey, publicKey: Buffer.concat(point).toString("base64url") };
}
