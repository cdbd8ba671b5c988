export declare function makeRecoveryKey(): Uint8Array<ArrayBuffer>;
export declare function writeRecoveryKey(key: Uint8Array): string;
/** As people type it: small letters, spaces, O for 0, I and L for 1. Errors: BadObject where it has a mistake. */
export declare function readRecoveryKey(typed: string): Uint8Array<ArrayBuffer>;
/** What wraps the keychain's key, by HKDF (RFC 5869) for one person of one server. */
export declare function recoveryWrap(
  key: Uint8Array<ArrayBuffer>,
  iss: string,
  user: number,
): Promise<Uint8Array>;
