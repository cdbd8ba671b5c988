/** What encrypted chats need of the rest of the library. */
import type { Entry } from "../../../../e2ee/directory.ts";
import type { PrivateKey } from "../../../../e2ee/keys.ts";
import type { ChatMark } from "../../../../e2ee/keychain.ts";
import type { Role } from "../../../../e2ee/membership.ts";
import type { Message } from "../../wire.ts";

/** Somebody's entries in the directory, each checked against the one before it, oldest first. */
export type Chain = readonly Entry[];

/** One's own keys, and what is known of others'. */
export interface ChatKeys {
  /** The server's id. */
  readonly iss: string;
  readonly userId: number;
  /** Of this installation: 16 random bytes in base64url. */
  device: string;
  /** One's signing key. */
  identity(): Promise<PrivateKey>;
  /** One's encryption key of that thumbprint, also one from before. */
  encryptionKey(kid: string): Promise<PrivateKey | undefined>;
  /**
   * What the directory has of people, less what is not to be believed. With `fresh` it is asked again where what is known is older than the
   * question.
   */
  chains(userIds: readonly number[], fresh?: boolean): Promise<ReadonlyMap<number, Chain>>;
  /** The identity by which somebody was first seen, and those that it was handed over to; undefined for who was never seen. */
  pinOf(userId: number): string | undefined;
  /** Why nothing is to be encrypted for somebody, for people; undefined: nothing is wrong. */
  blocks(userId: number): string | undefined;
  knownChat(chatId: number): ChatMark | undefined;
  rememberChat(chatId: number, mark: ChatMark): Promise<void>;
}

/** A row of a roster, as the server sends it. */
export interface WireRosterRow {
  user_id: number;
  ik_kid: string;
  ek_kid: string;
}

export interface WireEpoch {
  n: number;
  announcement: string;
  /** Flattened JWE for one of my keys (RFC 7516, 7.2.2); null where I am not in it. */
  recipient: string | null;
}

export interface EpochsPage {
  epochs: WireEpoch[];
  /** By their hash, those that no epoch before had. */
  rosters: Record<string, WireRosterRow[]>;
  has_more: boolean;
}

/** The server's calls about one chat. */
export interface ChatCalls {
  state(): Promise<{ on: boolean; epoch: number; due: string | null; roster: WireRosterRow[] }>;
  steps(since: number): Promise<{ steps: string[]; has_more: boolean }>;
  epochs(since: number): Promise<EpochsPage>;
  putEpoch(body: { announcement: string; envelope: string }): Promise<void>;
  /** One message as the server has it now. */
  message(id: number): Promise<Message | undefined>;
  /** The chain's first step, or one that no call about a member carries. */
  putStep(signed: string): Promise<void>;
  addMember(userId: number, role: Role | undefined, signed: string): Promise<void>;
  setRole(userId: number, role: Role, signed: string): Promise<void>;
  removeMember(userId: number, signed: string): Promise<void>;
  grants(): Promise<{ by_user_id: number; jwe: string }[]>;
  putGrant(toUserId: number, jwe: string): Promise<void>;
}
