export declare const utf8: (text: string) => Uint8Array<ArrayBuffer>;
/** Errors: BadObject where it is no UTF-8. */
export declare function fromUtf8(bytes: Uint8Array): string;
export declare function concat(...parts: Uint8Array[]): Uint8Array<ArrayBuffer>;
/** Without padding (RFC 4648, section 5). */
export declare const toBase64url: (bytes: Uint8Array) => string;
/** Errors: BadObject for a text that is not the one way to write its bytes. */
export declare function fromBase64url(text: string): Uint8Array<ArrayBuffer>;
export declare function sha256Bytes(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
/** In base64url. */
export declare function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string>;
