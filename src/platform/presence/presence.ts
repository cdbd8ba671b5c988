/**
 * Who is here, on any node. Somebody is connected while a socket of theirs hears events, and online from then
 * until a moment after the last one has gone: who comes back meanwhile was never away. Nothing of this outlives
 * the process.
 */
export interface Presence {
  isOnline(userId: number): boolean;
  /** How many people are online. */
  readonly size: number;
  /** Those who are online and hear this topic, as of now: not to be kept. */
  onlineIn(topic: string): ReadonlySet<number>;
  /** Those of them who have a socket right now. */
  connectedIn(topic: string): number[];
  /** Names the one who is told when somebody comes online or has gone offline, and at what time they were last here. */
  onChange(changed: (userId: number, isOnline: boolean, at: number) => void): void;

  /** A socket begins to hear events, its user those of `topics`. */
  arrived(userId: number, topics: readonly string[]): void;
  /** A socket that had arrived is closed. */
  departed(userId: number): void;
  /** From here on this user hears a topic, or hears it no more. */
  joined(userId: number, topic: string): void;
  left(userId: number, topic: string): void;
}
