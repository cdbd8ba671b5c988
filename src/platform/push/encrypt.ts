/** Encryption of pushes for one device (Message Encryption for Web Push, RFC 8291). */
import { createECDH, ECDH } from "node:crypto";

import ece from "http_ece";

import type { DeviceKeys } from "./push.ts";

const curve = "prime256v1";
const publicKeyBytes = 65;
const authBytes = 16;

/** What fits into the 4096 bytes that every push service takes (RFC 8291, 4), after header, delimiter and tag. */
export const mostPlainBytes = 4096 - (21 + publicKeyBytes) - 1 - 16;

/** What is wrong with keys that a device gives, in words that follow "must"; undefined for good ones. */
export function problemWithKeys(keys: DeviceKeys): { field: keyof DeviceKeys; problem: string } | undefined {
  if (!isPublicKey(bytesOf(keys.p256dh))) {
    return { field: "p256dh", problem: "be a public key of P-256: base64url of 65 uncompressed bytes" };
  }
  if (bytesOf(keys.auth)?.length === authBytes) return undefined;
  return { field: "auth", problem: "be base64url of 16 bytes" };
}

/** In one record with a new key pair, as `aes128gcm`. Errors: keys that `problemWithKeys` would not let pass. */
export function encrypt(plain: Buffer, { p256dh, auth }: DeviceKeys): Buffer {
  const privateKey = createECDH(curve);
  privateKey.generateKeys();
  return ece.encrypt(plain, { version: "aes128gcm", privateKey, dh: p256dh, authSecret: auth });
}

/** Buffer skips what is not of the alphabet, so that is checked first. */
function bytesOf(given: string): Buffer | undefined {
  return /^[\w-]+={0,2}$/.test(given) ? Buffer.from(given, "base64url") : undefined;
}

function isPublicKey(bytes: Buffer | undefined): boolean {
  if (bytes?.length !== publicKeyBytes) return false;
  try {
    // Not every pair of numbers is a point on the curve, and the others may give away secrets (SP 800-56A, 5.6.2.3).
    ECDH.convertKey(bytes, curve);
    return true;
  } catch {
    return false;
  }
}
