/** A change to open sockets that takes effect at its position in the order of events. */
export type Effect =
  | { kind: "join" | "leave"; userId: number; topic: string }
  | { kind: "end"; userId: number; sessionIds: number[] };

/** Which sockets get a frame, each of them once. */
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

/** A frame, with effects, on its way to sockets. */
export interface Delivery {
  to: Reach;
  /** The encoded frame; undefined when there are only effects. */
  frame: string | undefined;
  effects: readonly Effect[];
}

/**
 * The fan-out brings deliveries to the sockets of every node. Each node applies them in the order of `deliver`: first a
 * delivery's effects, then its frame, then the next delivery; each once. A node that loses its connection to the others
 * closes its sockets, so that clients resume and miss no delivery.
 */
export interface Fanout {
  deliver(delivery: Delivery): void;
  /** Sets the function that applies deliveries to this node's sockets. */
  connect(apply: (delivery: Delivery) => void): void;
}
