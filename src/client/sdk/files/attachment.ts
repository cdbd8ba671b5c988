/** Files of encrypted chats, as their messages name them. */

/** What opens an encrypted upload. */
export interface SealedFile {
  /** Of the upload. */
  media_id: number;
  /** 32 bytes, for this file alone. */
  key: string;
  /** 7 bytes that all nonces begin with. */
  nonce: string;
  /** Bytes of the file itself. */
  size: number;
  /** SHA-256 of what was uploaded. */
  sha256: string;
  /** Media type (RFC 2046), as its sender says. */
  type: string;
}

/** What a message says of a file in it. */
export interface Attachment extends SealedFile {
  name: string;
  /** A small picture of it, which its sender has made. */
  thumbnail: SealedFile | null;
}
