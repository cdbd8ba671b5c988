/** What the library shows of encryption. Types alone, and none of others' packages: they are in the package. */
import type { MessageEncryption } from "../replica/opened.ts";
import type { Message, Role } from "../wire.ts";

/**
 * How it stands with one's keys:
 *
 * - `unknown`: the server has not said yet.
 * - `none`: there are none; `setUp` makes some.
 * - `unconfirmed`: the server has made some, and nobody has used them; `unlock` or `setUp`.
 * - `locked`: there are some, which this device cannot open; `unlock`.
 * - `ready`: this device has them.
 * - `changed`: what the server shows of them is not what this device knows; `problems` says more. Nothing is to be encrypted or believed
 *   until somebody has decided.
 */
export type EncryptionState = "unknown" | "none" | "unconfirmed" | "locked" | "ready" | "changed";

/**
 * What is wrong with somebody's keys:
 *
 * - `own_keys_changed`: one's own keys were replaced, and not by this device.
 * - `own_keys_renewed`: another device has renewed one's own keys: they are unlocked with the new recovery key.
 * - `keychain_rolled_back`: the server gives out an older keychain than it had.
 * - `keychain_damaged`: what the server gives out as one's keychain is not it.
 * - `recovery_key_unseen`: the answer to `setUp` was lost, so nobody has seen the recovery key; `newRecoveryKey` makes another.
 * - `other_server`: another server answers at this address.
 * - `reset`: a person has new keys that nothing of before vouches for.
 * - `by_server`: a person's keys were their device's, and are the server's now.
 * - `rolled_back`: the server shows older keys of a person than it did.
 * - `swapped`: the server shows other keys of a person than it did.
 * - `forged`: what the server shows of a person's keys is not signed as it has to be.
 */
export type EncryptionTrouble =
  | "own_keys_changed"
  | "own_keys_renewed"
  | "keychain_rolled_back"
  | "keychain_damaged"
  | "recovery_key_unseen"
  | "other_server"
  | "reset"
  | "by_server"
  | "rolled_back"
  | "swapped"
  | "forged";

export interface EncryptionProblem {
  kind: EncryptionTrouble;
  /** Whom it is about. */
  user_id: number;
  /** What has happened and what to do, for people. */
  text: string;
}

/** Somebody's keys, as they have been checked. */
export interface PersonKeys {
  user_id: number;
  /** Thumbprint of the signing key, which says who somebody is. */
  fingerprint: string;
  /** Thumbprint of the encryption key. */
  kid: string;
  /** Who has made the keys: what the server has made, it could read. */
  custody: "client" | "server";
  /** Somebody has shown that they can use them. */
  is_confirmed: boolean;
  /** Their safety number was compared. */
  is_verified: boolean;
  /** Why nothing is encrypted for them. */
  problem: EncryptionProblem | undefined;
}

export interface RecoveryKey {
  /** To be written down: 28 letters and digits in groups of four. It is shown this once, and kept nowhere. */
  recoveryKey: string;
}

export interface Unlock {
  recoveryKey?: string;
  passphrase?: string;
  /** Where the password has not been given for ten minutes, the server gives out nothing that a passphrase opens. */
  password?: string;
}

/** Somebody who is in an encrypted chat, by the keys that were signed. */
export interface ChatMember {
  user_id: number;
  role: Role;
  /** Thumbprint of the signing key by which they are in it. */
  fingerprint: string;
  /** Their safety number was compared. */
  is_verified: boolean;
  /** False: they have other keys by now that nothing vouches for, and somebody has to let them in again. */
  is_current: boolean;
  /** Why nothing is encrypted for them; undefined: nothing is wrong. */
  problem: string | undefined;
}

/** How it stands with an encrypted chat, by what its members have signed. */
export interface EncryptedChatView {
  epoch: number;
  /** Whether whoever adds somebody may hand them what was written before. */
  history: "none" | "shared";
  members: ChatMember[];
  /**
   * Who made themself the owner last, because the one of before was away: the chain says that they were next in line, and only the server that
   * the owner is away. To be shown, and asked about over another way.
   */
  successor: number | undefined;
}

/** Who would be in a chat if encryption were turned on, to be shown before. */
export interface ChatPreview {
  members: {
    user_id: number;
    role: Role;
    /** Thumbprint of their signing key; undefined for who has none yet: they have to set up their keys first. */
    fingerprint: string | undefined;
    is_verified: boolean;
    problem: string | undefined;
  }[];
}

/** A message with what stands inside of it. */
export interface OpenedMessage {
  /** Empty where it could not be opened. */
  message: Message;
  /** Whether it could be opened, and what is wrong with it; undefined where it is not encrypted. */
  encryption: MessageEncryption | undefined;
}
