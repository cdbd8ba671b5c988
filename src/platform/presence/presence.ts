/**
 * Presence: who is online, on any node. Somebody is connected while one of their sockets gets events, and online until
 * a moment after the last one is closed, so that a quick reconnect does not show. It is kept in memory only.
 */
export interface Presence {
  isOnline(userId: number): boolean;
  /** How many people are online. */
  readonly size: number;
  /** Those who are online and hear this topic, as of now: not to be kept. */
  onlineIn(topic: string): ReadonlySet<number>;
  /** Those of them who have a socket right now. */
  connectedIn(topic: string): number[];
  /** Sets the listener: somebody has come online or gone offline, and when they were last here. */
  onChange(changed: (userId: number, isOnline: boolean, at: number) => void): void;

  /** A socket begins to hear events, its user those of `topics`. */
  arrived(userId: number, topics: readonly string[]): void;
  /** A socket that had arrived is closed. */
  departed(userId: number): void;
  /** This user begins, or ceases, to get the events of a topic. */
  joined(userId: number, topic: string): void;
  left(userId: number, topic: string): void;
}
