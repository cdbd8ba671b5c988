/** What is wrong with an encrypted chat: nothing is sent or believed there until somebody has decided. */
import { BadObject } from "../../../../e2ee/bad-object.ts";

/**
 * - `rolled_back`: the server has forgotten steps or epochs that this person has seen, or says that the chat is plain.
 * - `forged_membership`: a step of the membership is not what it has to be.
 * - `forged_epoch`: an epoch is not what it has to be: somebody could read it who may not, or its maker lies.
 * - `other_keys`: somebody is in the chat by other keys than they are known by.
 * - `blocked`: something is wrong with the keys of somebody who is in it.
 * - `outdated_epoch`: the server wants the chat to go on under an epoch that others may read than are in it now.
 */
export type ChatTrouble =
  "rolled_back" | "forged_membership" | "forged_epoch" | "other_keys" | "blocked" | "outdated_epoch";

const words: Record<ChatTrouble, string> = {
  rolled_back:
    "The server has forgotten something of this encrypted chat that you have seen. Perhaps it was restored from a backup; perhaps it hides something. Ask whoever runs it before you go on.",
  forged_membership: "The server shows a change of who is in this chat that nobody who may has signed.",
  forged_epoch: "The server shows keys of this chat that are not made as they have to be.",
  other_keys: "Somebody is in this chat by other keys than you know them by.",
  blocked: "Nothing is encrypted for this chat before you have decided about the keys of somebody in it.",
  outdated_epoch:
    "The server does not let new keys be made for this chat, although who is in it has changed.",
};

/** A chat in which nothing is sent or believed. `message` is for people. */
export class ChatProblem extends Error {
  override readonly name = "ChatProblem";

  constructor(
    readonly kind: ChatTrouble,
    detail: string,
  ) {
    super(`${words[kind]} (${detail})`);
  }
}

/** Runs what reads something of the server's: whatever is wrong there is this problem. */
export async function orProblem<T>(kind: ChatTrouble, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof BadObject ? new ChatProblem(kind, error.message) : error;
  }
}
