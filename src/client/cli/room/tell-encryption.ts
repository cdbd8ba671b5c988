import type { EncryptionProblem } from "../../sdk/index.ts";
import { stateWords } from "../encryption/keys-state.ts";
import { exitCodes, failureOf } from "../exit-codes.ts";
import { nameIn } from "../show/name-of.ts";
import type { Room } from "./room.ts";

export interface Telling {
  /** Resolves when everything is told that is to be told at the beginning. */
  begun: Promise<void>;
  stop(): void;
}

/** Tells what is wrong with an encrypted chat, its people, and the keys of this device. */
export function tellEncryption(room: Room): Telling {
  const { conversation } = room;
  let stopProblems: (() => void) | undefined;
  let isStopped = false;
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const stopInfo = conversation.info.subscribe((info) => {
    if (!info?.encryption.on) return resolve();
    if (stopProblems || isStopped) return;
    stopProblems = tellProblems(room);
    void tellState(room).then(resolve);
  });
  return {
    begun,
    stop: () => {
      isStopped = true;
      stopInfo();
      stopProblems?.();
    },
  };
}

function tellProblems(room: Room): () => void {
  const { session, conversation } = room;
  const told = new Set<string>();
  return session.encryption.problems.subscribe((problems) => {
    for (const one of problems) {
      const key = `${one.user_id} ${one.kind}`;
      if (told.has(key) || !isOf(room, one)) continue;
      told.add(key);
      const name = nameIn(conversation)(one.user_id) ?? conversation.info.peek()?.peer?.username;
      const isMine = one.user_id === session.me.peek().id;
      room.tellTrouble(`${one.text} (${isMine ? "parley chat keys" : `/safety ${name}, /accept ${name}`})`);
    }
    for (const key of told)
      if (!problems.some((one) => key === `${one.user_id} ${one.kind}`)) told.delete(key);
  });
}

function isOf({ session, conversation }: Room, { user_id }: EncryptionProblem): boolean {
  if (user_id === session.me.peek().id || conversation.info.peek()?.peer?.id === user_id) return true;
  return conversation.members.peek().some((one) => one.user_id === user_id);
}

async function tellState(room: Room): Promise<void> {
  const { session, conversation } = room;
  try {
    const state = await session.encryption.check();
    if (state !== "ready") return room.tellTrouble(stateWords[state]);
    const { members } = await conversation.encryption.view();
    for (const one of members.filter(({ is_current }) => !is_current)) {
      const name = nameIn(conversation)(one.user_id) ?? `user ${one.user_id}`;
      const isMe = one.user_id === session.me.peek().id;
      if (isMe) room.tellTrouble("You have new keys, and somebody in this chat has to let you in again.");
      else if (!one.problem) room.tellTrouble(`${name} is in this chat by keys of before: /accept ${name}`);
    }
  } catch (error) {
    const failure = failureOf(error);
    if (!failure) throw error;
    // Without a connection it is told when it is there.
    if (failure.exitCode !== exitCodes.notNow && !room.left.aborted) room.tellTrouble(failure.message);
  }
}
