import { adopt } from "./adopt.ts";
import type { Database } from "./database.ts";
import { Numbered } from "./numbered.ts";
import { close, holdReplica, type ReplicaFile } from "./replica-file.ts";

/** One's own rows, and whether no other program is on the directory. */
export interface Slot {
  database: Database;
  isAlone: boolean;
}

/**
 * Opens the first replica of the directory that no other program has, or makes one, and adopts what is unsent in the others
 * whose programs have ended. One program at a time may do this.
 */
export async function takeSlot(directory: string): Promise<Slot> {
  const files = new Numbered(directory, "replica");
  const held: ReplicaFile[] = [];
  const hold = async (number: number) => {
    const one = await holdReplica(files.file(number));
    if (one) held.push(one);
    return one;
  };
  try {
    const numbers = await files.list();
    for (const number of numbers) await hold(number);
    const isAlone = held.length === numbers.length;
    const own = held.find((one) => one.isSound) ?? (await hold((numbers.at(-1) ?? 0) + 1));
    if (!own) throw new Error("another program is in the way");
    for (const one of held) if (one !== own) await adopt(own.database, one);
    return { database: own.database, isAlone };
  } catch (error) {
    for (const { database } of held) close(database);
    throw error;
  }
}
