/** What is used of http_ece, which brings no types of its own. */
declare module "http_ece" {
  import type { ECDH } from "node:crypto";

  interface Parameters {
    version: "aes128gcm";
    /** The sender's key pair, made for this one message. */
    privateKey: ECDH;
    /** The receiver's public key, base64url. */
    dh: string;
    /** The secret of both, base64url. */
    authSecret: string;
  }

  const ece: { encrypt(plain: Buffer, parameters: Parameters): Buffer };
  export default ece;
}
