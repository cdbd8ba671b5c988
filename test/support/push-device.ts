/** A device's side of Web Push: its keys, and decryption by WebCrypto as RFC 8291 describes it. */
import type { DeviceKeys } from "../../src/platform/push/push.ts";

const curve = { name: "ECDH", namedCurve: "P-256" };
const headerBytes = 21;
const delimiter = 2;

export class DeviceKeyRing {
  readonly keys: DeviceKeys;
  readonly #privateKey: CryptoKey;

  private constructor(keys: DeviceKeys, privateKey: CryptoKey) {
    this.keys = keys;
    this.#privateKey = privateKey;
  }

  static async make(): Promise<DeviceKeyRing> {
    const pair = await crypto.subtle.generateKey(curve, true, ["deriveBits"]);
    const p256dh = await crypto.subtle.exportKey("raw", pair.publicKey);
    const auth = crypto.getRandomValues(new Uint8Array(16));
    return new DeviceKeyRing({ p256dh: base64url(p256dh), auth: base64url(auth) }, pair.privateKey);
  }

  /** Keys that are known, with `d` the private one. */
  static async of(keys: DeviceKeys, d: string): Promise<DeviceKeyRing> {
    const point = bytes(keys.p256dh);
    const [x, y] = [base64url(point.slice(1, 33)), base64url(point.slice(33))];
    const jwk = { kty: "EC", crv: "P-256", x, y, d };
    return new DeviceKeyRing(keys, await crypto.subtle.importKey("jwk", jwk, curve, false, ["deriveBits"]));
  }

  /** What is in an `aes128gcm` body of one record. Errors: it is not for these keys, or not in that form. */
  async decrypt(body: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    const salt = body.slice(0, 16);
    const view = new DataView(body.buffer, body.byteOffset);
    const recordSize = view.getUint32(16);
    const sender = body.slice(headerBytes, headerBytes + view.getUint8(20));
    const record = body.slice(headerBytes + sender.length);
    if (record.length > recordSize) throw new Error("more than one record");

    const info = concat(text("WebPush: info\0"), bytes(this.keys.p256dh), sender);
    const secret = await hkdf(bytes(this.keys.auth), await this.#agree(sender), info, 32);
    const key = await hkdf(salt, secret, text("Content-Encoding: aes128gcm\0"), 16);
    const iv = await hkdf(salt, secret, text("Content-Encoding: nonce\0"), 12);
    const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
    const padded = new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, aes, record));
    const end = padded.findLastIndex((one) => one !== 0);
    if (padded[end] !== delimiter) throw new Error("no delimiter of a last record");
    return padded.slice(0, end);
  }

  async #agree(sender: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const key = await crypto.subtle.importKey("raw", sender, curve, false, []);
    return new Uint8Array(
      await crypto.subtle.deriveBits({ name: "ECDH", public: key }, this.#privateKey, 256),
    );
  }
}

type Bytes = Uint8Array<ArrayBuffer>;

async function hkdf(salt: Bytes, secret: Bytes, info: Bytes, length: number): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const algorithm = { name: "HKDF", hash: "SHA-256", salt, info };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, length * 8));
}

function concat(...parts: Bytes[]): Bytes {
  return new Uint8Array(Buffer.concat(parts));
}

function text(given: string): Bytes {
  return new TextEncoder().encode(given);
}

function bytes(given: string): Bytes {
  return new Uint8Array(Buffer.from(given, "base64url"));
}

function base64url(given: Uint8Array | ArrayBuffer): string {
  return Buffer.from(new Uint8Array(given)).toString("base64url");
}
