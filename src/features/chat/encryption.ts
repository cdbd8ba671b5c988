/** What a feature that encrypts chats decides about them: chats know that they are encrypted, not how. */
import type { Actor } from "../../core/actor.ts";
import { ChatError } from "../../core/errors.ts";
import { ExtensionPoint } from "../../core/extension-point.ts";
import type { Kit } from "../../kit.ts";
import type { Read, Tx } from "../../platform/db/database.ts";
import type { Role } from "./members/schema.ts";

/** What somebody does to the membership of a chat by a call. */
export type MemberChange =
  | { kind: "add"; userId: number; role: Role | undefined }
  | { kind: "role"; userId: number; role: Role }
  | { kind: "remove"; userId: number };

/** A change of an encrypted chat that has been read. */
export interface MemberStep {
  /** Of a step that lets somebody in again: the role that they have had all along. */
  readmittedAs: Role | undefined;
  /** What is done in the transaction of the change, once everything else allows it. Errors: `membership_conflict`, `member_without_key`. */
  take(tx: Tx): Promise<void>;
}

/** A ciphertext that somebody wants to put into a chat. */
export interface Ciphertext {
  chatId: number;
  senderId: number;
  clientId: string | null | undefined;
  content: string;
}

export interface ChatEncryption {
  /**
   * Reads what signs a change of an encrypted chat, before its transaction: signatures are not checked inside of one. `signed` is
   * undefined for a change that nobody has signed. Errors: `signature_required`, `membership_conflict`, `bad_object`, `bad_algorithm`.
   */
  readChange(
    kit: Kit,
    actor: Actor,
    chatId: number,
    change: MemberChange,
    signed: string | undefined,
  ): Promise<MemberStep>;
  /** Of an encrypted chat. Errors: `bad_object` for what is no message of this chat and sender, `bad_algorithm`, `stale_epoch`. */
  requireCurrent(kit: Kit, read: Read, ciphertext: Ciphertext): Promise<void>;
  /** That something is a box, which is encrypted for people and goes through any chat. Errors: `not_encrypted` for anything else. */
  requireBox(content: string): Promise<void>;
}

/** Filled by exactly one feature. */
export const chatEncryption = new ExtensionPoint<ChatEncryption>();

/** As `ChatEncryption.requireBox`. */
export async function requireBox(content: string): Promise<void> {
  const [feature] = chatEncryption.values;
  if (!feature) throw new ChatError("not_encrypted");
  await feature.requireBox(content);
}

/**
 * That a ciphertext may be put into its chat now: it is a message of this chat and sender, under the epoch of now. Errors: `bad_object`,
 * `bad_algorithm`, `stale_epoch`.
 */
export async function requireCurrent(kit: Kit, read: Read, ciphertext: Ciphertext): Promise<void> {
  const [feature] = chatEncryption.values;
  if (!feature) throw new Error(`chat ${ciphertext.chatId} is encrypted, and no feature encrypts chats`);
  await feature.requireCurrent(kit, read, ciphertext);
}
