import { join } from "node:path";

/** What a process of clients is started with, each time. */
export interface ProcessConfig {
  server: string;
  clients: ClientConfig[];
  /** The chat that `guests`, by their ids, enter and leave. */
  door: number;
  guests: number[];
  /** The chat that nobody opens before the end. */
  late: number;
  /** Milliseconds between two actions of a client, on average. */
  pace: number;
  /** How many times faster than others the library believes time to pass: so much less patience it has. */
  haste: number;
  /** Of so many things that a client stores, one kills its process; of some more than one. */
  storedPerKill: number;
  /** Milliseconds that an order may take. */
  patience: number;
  seed: number;
}

export interface ClientConfig {
  name: string;
  username: string;
  password: string;
  userId: number;
  /** With the client's store, its journal and what it shows. */
  directory: string;
  /** Of a person who has another one. */
  isSecond: boolean;
  /** Its clock is turned by hours while it runs. */
  isTurned: boolean;
  /** Of whoever writes in encrypted chats; empty where all is plain. */
  recoveryKey: string;
  /** It has room for few messages and members. */
  isForgetful: boolean;
}

/** What all clients of a process are told to do, one after the other. */
export type Order = "act" | "rest" | "show" | "load" | "close";

/** What a process says: how many actions a client has asked for, or that an order has been carried out, or why it is not. */
export type Report = { client: string; asked: number } | { done: Order } | { problem: string };

export const journalFile = (directory: string) => join(directory, "journal.jsonl");
export const viewFile = (directory: string) => join(directory, "view.json");
