/** Keys of epochs: made by whoever sends next, and encrypted for everybody in the roster. */
import { calculateJwkThumbprint } from "jose";

import { BadObject } from "../../../e2ee/bad-object.ts";
import { toBase64url } from "../../../e2ee/bytes.ts";
import { type EnvelopeHeader, readEnvelope } from "../../../e2ee/epochs.ts";
import { encloseFor, openFor } from "../../../e2ee/general.ts";
import type { EpochKey } from "./message.ts";

export async function makeEpochKey(): Promise<EpochKey> {
  const key = crypto.getRandomValues(new Uint8Array(32));
  return { kid: await kidOfEpochKey(key), key };
}

/** The thumbprint of a symmetric key (RFC 7638, 3.2). */
export function kidOfEpochKey(key: Uint8Array): Promise<string> {
  return calculateJwkThumbprint({ kty: "oct", k: toBase64url(key) });
}

/** For each of the recipients. */
export function encloseEpochKey(
  { key }: EpochKey,
  place: Pick<EnvelopeHeader, "chat" | "n" | "ann">,
  recipients: readonly { kid: string; publicKey: CryptoKey }[],
): Promise<string> {
  return encloseFor(recipients, { typ: "chat-epoch+jwe", ...place }, key);
}

/**
 * The epoch's key, from the recipient that my key is for. `kid`: what the announcement says. Errors: BadObject where I am not in it, it does
 * not open, or is another key than was announced: then its maker has lied to some.
 */
export async function openEpochKey(
  envelope: string,
  place: Pick<EnvelopeHeader, "chat" | "n" | "ann"> & { kid: string },
  own: { kid: string; privateKey: CryptoKey },
): Promise<EpochKey> {
  const key = await openFor(own, readEnvelope(envelope, place));
  if (key.length !== 32 || (await kidOfEpochKey(key)) !== place.kid) {
    throw new BadObject("it is another key than was announced");
  }
  return { kid: place.kid, key };
}
