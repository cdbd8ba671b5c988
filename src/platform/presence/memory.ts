import type { Clock } from "../../core/clock.ts";
import type { Presence } from "./presence.ts";

interface Here {
  sockets: number;
  topics: Set<string>;
  /** Set while they have no socket. */
  cancelLeaving: (() => void) | undefined;
}

/** One node: what its own sockets say. `graceMilliseconds`: how long somebody without a socket stays online. */
export function memoryPresence(clock: Clock, graceMilliseconds: number): Presence {
  const here = new Map<number, Here>();
  const byTopic = new Map<string, Set<number>>();
  let changed: (userId: number, isOnline: boolean, at: number) => void = () => {};

  function hear(userId: number, topic: string): void {
    const hearers = byTopic.get(topic);
    if (hearers) hearers.add(userId);
    else byTopic.set(topic, new Set([userId]));
  }

  function unhear(userId: number, topic: string): void {
    const hearers = byTopic.get(topic);
    hearers?.delete(userId);
    if (hearers?.size === 0) byTopic.delete(topic);
  }

  function leave(userId: number, at: number): void {
    for (const topic of here.get(userId)?.topics ?? []) unhear(userId, topic);
    here.delete(userId);
    changed(userId, false, at);
  }

  const onlineIn = (topic: string) => [...(byTopic.get(topic) ?? [])];

  return {
    isOnline: (userId) => here.has(userId),
    get size() {
      return here.size;
    },
    onlineIn,
    connectedIn: (topic) => onlineIn(topic).filter((userId) => here.get(userId)!.sockets > 0),
    onChange: (to) => {
      changed = to;
    },
    arrived(userId, topics) {
      const known = here.get(userId);
      if (known) {
        known.sockets += 1;
        known.cancelLeaving?.();
        known.cancelLeaving = undefined;
        return;
      }
      here.set(userId, { sockets: 1, topics: new Set(topics), cancelLeaving: undefined });
      for (const topic of topics) hear(userId, topic);
      changed(userId, true, clock.now());
    },
    departed(userId) {
      const known = here.get(userId);
      if (!known || --known.sockets > 0) return;
      const at = clock.now();
      known.cancelLeaving = clock.after(graceMilliseconds, () => leave(userId, at));
    },
    joined(userId, topic) {
      const known = here.get(userId);
      if (!known) return;
      known.topics.add(topic);
      hear(userId, topic);
    },
    left(userId, topic) {
      if (here.get(userId)?.topics.delete(topic)) unhear(userId, topic);
    },
  };
}
