/** What the library and its part for encryption, which is loaded when it is needed, say to each other. Types alone. */
import type { Signal } from "@preact/signals-core";

import type { Entry } from "../../../e2ee/directory.ts";
import type { PrivateKey } from "../../../e2ee/keys.ts";
import type { SignedType } from "../../../e2ee/signed.ts";
import type { Caller } from "../calls.ts";
import type { Environment } from "../environment.ts";
import type { OwnCode } from "../errors.ts";
import type { Sealed } from "../outbox/entry.ts";
import type { FileOpener } from "../files/download.ts";
import type { FileToSend } from "../files/multipart.ts";
import type { Sealable, SealedFiles } from "../outbox/sealing.ts";
import type { Store } from "../store/store.ts";
import type { Opened } from "../replica/opened.ts";
import type { Replica } from "../replica/replica.ts";
import type { Change } from "../replica/rows.ts";
import type { ErrorCode, Message, Role, ServerFrame } from "../wire.ts";

import type { ChatsParts } from "./chats/chats.ts";
import type {
  ChatPreview,
  EncryptedChatView,
  EncryptionProblem,
  EncryptionState,
  EncryptionTrouble,
  PersonKeys,
  RecoveryKey,
  Unlock,
} from "./types.ts";

/** How far an encrypted chat has come: what a server cannot take back. */
export interface KnownChat {
  /** H of the first step of its membership. */
  create: string;
  m: number;
  n: number;
}

/** What there is to see. */
export interface EncryptionView {
  state: EncryptionState;
  custody: "client" | "server" | undefined;
  problems: readonly EncryptionProblem[];
  /** Ids of the chats that one knows to be encrypted. */
  chats: ReadonlySet<number>;
}

/** One's own keys, as they are used. */
export interface OwnKeys {
  /** The server's id. */
  iss: string;
  ik: PrivateKey;
  /** By thumbprint: what was encrypted before a rotation opens, too. */
  eks: ReadonlyMap<string, PrivateKey>;
}

/** All entries of somebody's keys, the first one first. */
export type Chain = [Entry, ...Entry[]];

/** Somebody's keys as the server shows them, and what is to be thought of that. */
export interface Looked {
  userId: number;
  /** Undefined where what is shown is no chain. */
  chain: Chain | undefined;
  isConfirmed: boolean;
  trouble: EncryptionTrouble | undefined;
}

/** What there is to see, as it is shown. */
export interface Signals {
  state: Signal<EncryptionState>;
  custody: Signal<"client" | "server" | undefined>;
  problems: Signal<readonly EncryptionProblem[]>;
  chats: Signal<ReadonlySet<number>>;
  /** What is wrong with chats, by their id, for people. */
  chatProblems: Signal<ReadonlyMap<number, string>>;
}

/** What the library hands to the part. */
export interface Given {
  caller: Pick<Caller, "call">;
  environment: Pick<Environment, "now">;
  replica: Ports["replica"];
  store: Ports["store"];
  sync: { write: Ports["write"] };
  ParleyError: new (code: ErrorCode | OwnCode, detail: string) => Error;
  change: Ports["change"];
  signals: Signals;
}

/** What the part needs from the library. It imports nothing of it, so that no code is loaded twice. */
export interface Ports {
  call: Caller["call"];
  store: Pick<Store, "secret" | "keepSecret">;
  replica: ChatsParts["replica"] & Pick<Replica, "me" | "deviceId">;
  /** Keeps rows. */
  write(changes: Change[]): Promise<void>;
  /** Milliseconds of the wall clock. */
  now(): number;
  error(code: ErrorCode | OwnCode, detail: string): Error;
  show(view: EncryptionView): void;
  /** What is wrong with chats, by their id, for people. */
  chatProblems: Signals["chatProblems"];
  /** Changes signals, and tells of it once. */
  change(run: () => void): void;
}

/** Errors of all: `encryption_blocked`, in words for people; those of the calls. */
export interface ChatFace {
  view(): Promise<EncryptedChatView>;
  preview(members: readonly { user_id: number; role: Role }[]): Promise<ChatPreview>;
  turnOn(preview: ChatPreview, history: "none" | "shared"): Promise<void>;
  add(userId: number, role: Role): Promise<void>;
  remove(userId: number): Promise<void>;
  leave(): Promise<void>;
  setRole(userId: number, role: Role): Promise<void>;
  setHistory(history: "none" | "shared"): Promise<void>;
}

/** The part: what `Encryption` offers, and what encrypted chats need. One thing at a time. */
export interface Part extends FileOpener {
  /** Looks at one's own keys on the server, and brings the keychain up to date. */
  look(): Promise<void>;
  setUp(options: { passphrase?: string | undefined }): Promise<RecoveryKey>;
  unlock(secret: Unlock): Promise<void>;
  newRecoveryKey(options: { password?: string | undefined }): Promise<RecoveryKey>;
  setPassphrase(options: { passphrase: string | undefined; password: string }): Promise<void>;
  rotate(options: { password: string }): Promise<void>;
  renew(options: { password: string; passphrase?: string | undefined }): Promise<RecoveryKey>;
  reset(options: { password: string; passphrase?: string | undefined }): Promise<RecoveryKey>;
  people(userIds: readonly number[]): Promise<PersonKeys[]>;
  safetyNumber(userId: number): Promise<string>;
  verify(userId: number, safetyNumber: string): Promise<void>;
  acknowledge(userId: number): Promise<void>;

  /** What encrypted chats need: one's own private keys, those of before as well. Errors: `keys_locked`. */
  own(): Promise<OwnKeys>;
  /** Signed by one's own identity. Errors: `keys_locked`. */
  sign(typ: SignedType, payload: object): Promise<string>;
  /** The chains of those who have keys, with what is to be thought of them. Errors: `keys_locked`. */
  chains(userIds: readonly number[]): Promise<Looked[]>;
  /** How far an encrypted chat has come, as any device of mine knows. Undefined: none has seen it encrypted. */
  knownChat(chatId: number): Promise<KnownChat | undefined>;
  /** It never goes back. */
  rememberChat(chatId: number, known: KnownChat): Promise<void>;
  /** One chat: who is in it by its signed steps, and what is done to that. Errors: `keys_locked`. */
  chat(chatId: number): Promise<ChatFace>;
  /** An entry as it goes out; undefined: as it is. Errors: `encryption_blocked`, in words for people; `keys_locked`. */
  seal(entry: Sealable): Promise<Sealed | undefined>;
  /** A file, and its thumbnail where it has one, each under a key of its own. Errors: `file_missing`. */
  sealFiles(files: readonly FileToSend[]): Promise<SealedFiles>;
  /** Opens what is here of a chat, or its newest message alone. Errors: `keys_locked`. */
  open(chatId: number, how: { isNewest: boolean }): Promise<void>;
  /** What stands in messages of a chat that need not be here, by their ids. Errors: `keys_locked`. */
  read(chatId: number, messages: readonly Message[]): Promise<ReadonlyMap<number, Opened>>;
  /** What this installation is called in messages. `anew`: somebody else has used its name. */
  deviceId(anew?: boolean): Promise<string>;
  /** Something has happened in an encrypted chat. */
  outdate(chatId: number): Promise<void>;
  heard(event: ServerFrame): Promise<void>;
  /** Settles when nothing is under way; nothing is kept from then on. */
  close(): Promise<void>;
}
