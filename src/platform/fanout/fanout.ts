/** A change to open sockets that takes effect at its position in the order of events. */
export type Effect =
  | { kind: "join" | "leave"; userId: number; topic: string }
  | { kind: "end"; userId: number; sessionIds: number[] };

/** Which sockets get a frame; each of them gets it once. */
export interface Reach {
  /** Those that listen to this topic. */
  topic?: string;
  /** Those that look at any of these chats. */
  looking?: readonly string[];
  /** All sockets of these users, too. */
  users?: ReadonlySet<number>;
  /** Of those users' only the sockets that have never looked at a chat. */
  unlessLooking?: boolean;
  /** But none of this user's. */
  except?: number;
}

/** Something on its way to sockets. */
export interface Delivery {
  to: Reach;
  /** The encoded frame; undefined when there are only effects. */
  frame: string | undefined;
  effects: readonly Effect[];
}

/**
 * Takes deliveries to the sockets of every node. Each node applies them in the order of `deliver`: a delivery's
 * effects first, then its frame, then the next. Never sooner than `deliver`, never twice; a node that loses its
 * connection to the others closes its sockets, so that their clients resume, rather than skip a delivery.
 */
export interface Fanout {
  deliver(delivery: Delivery): void;
  /** Names the one who has this node's sockets. */
  connect(apply: (delivery: Delivery) => void): void;
}
