import type { z } from "zod";

import type { Read } from "../platform/db/database.ts";
import type { Effect } from "../platform/fanout/fanout.ts";

/** Who hears of an event: everybody in a chat, or all devices of one user. */
export type Audience = `chat:${number}` | `user:${number}`;

export const chatAudience = (chatId: number): Audience => `chat:${chatId}`;
export const userAudience = (userId: number): Audience => `user:${userId}`;

/** The topic of those sockets in a chat that look at it. */
export const lookingAt = (chat: string): string => `${chat}/looking`;

export const isChat = (audience: string): boolean => audience.startsWith("chat:");

/** The id in `chat:ID` or `user:ID`. */
export function audienceId(audience: Audience): number {
  return Number(audience.slice(audience.indexOf(":") + 1));
}

/** A row of the journal, as far as `load` needs it. */
export interface Happened {
  pos: number;
  audience: Audience;
  ref: number;
}

/** For whom a frame is made, where that makes a difference. */
export interface Viewer {
  id: number;
  isOnline(userId: number): boolean;
}

/**
 * A type of event. Its live frame is made from the payload that the verb gives to `record`; a replay makes the frame
 * anew with `load`, from what the tables say then.
 */
export interface EventDefinition<P extends object = object> {
  type: string;
  summary: string;
  /** The frame's fields besides `type` and `cursor`; without it nothing is sent, the event only has effects. */
  schema?: z.ZodObject;
  /**
   * For each of `happened`, in the same order, the frame's fields, or undefined when there is nothing (any more)
   * that `viewer` may see.
   */
  load?(read: Read, happened: Happened[], viewer: Viewer): Promise<(P | undefined)[]>;
  /** What it changes about open sockets, before the frame is sent. */
  effects?(payload: P, audience: Audience): Effect[];
}

export function defineEvent<S extends z.ZodObject>(
  definition: Omit<EventDefinition<z.input<S>>, "schema"> & {
    schema: S;
    load: NonNullable<EventDefinition<z.input<S>>["load"]>;
  },
): EventDefinition<z.input<S>> {
  return definition;
}

/** An event without a frame, which only changes open sockets or is followed. */
export function defineEffect<P extends object>(
  definition: Required<Pick<EventDefinition<P>, "type" | "summary" | "effects">>,
): EventDefinition<P> {
  return definition;
}

/** A signal: true for a moment, sent to sockets that are open, stored nowhere, never replayed. */
export interface Signal<S extends z.ZodObject = z.ZodObject> {
  type: string;
  summary: string;
  /** The frame's fields besides `type`. */
  schema: S;
}

export function defineSignal<S extends z.ZodObject>(signal: Signal<S>): Signal<S> {
  return signal;
}
