import type { Clock } from "../../core/clock.ts";
import type { Presence } from "./presence.ts";

interface Here {
  sockets: number;
  topics: Topic[];
  /** Set while they have no socket. */
  cancelLeaving: (() => void) | undefined;
}

/** Shared by all who hear it: there are thousands of people with a few topics each. */
interface Topic {
  name: string;
  hearers: Set<number>;
}

const nobody: ReadonlySet<number> = new Set();

/** One node: what its own sockets say. `graceMilliseconds`: how long somebody without a socket stays online. */
export function memoryPresence(clock: Clock, graceMilliseconds: number): Presence {
  const here = new Map<number, Here>();
  const topics = new Map<string, Topic>();
  let changed: (userId: number, isOnline: boolean, at: number) => void = () => {};

  function hear(userId: number, name: string): Topic {
    const topic = topics.get(name) ?? { name, hearers: new Set() };
    topics.set(name, topic);
    topic.hearers.add(userId);
    return topic;
  }

  function unhear(userId: number, { name, hearers }: Topic): void {
    hearers.delete(userId);
    if (hearers.size === 0) topics.delete(name);
  }

  function leave(userId: number, at: number): void {
    for (const topic of here.get(userId)?.topics ?? []) unhear(userId, topic);
    here.delete(userId);
    changed(userId, false, at);
  }

  const onlineIn = (topic: string) => topics.get(topic)?.hearers ?? nobody;

  return {
    isOnline: (userId) => here.has(userId),
    get size() {
      return here.size;
    },
    onlineIn,
    connectedIn: (topic) => [...onlineIn(topic)].filter((userId) => here.get(userId)!.sockets > 0),
    onChange: (to) => {
      changed = to;
    },
    arrived(userId, names) {
      const known = here.get(userId);
      if (known) {
        known.sockets += 1;
        known.cancelLeaving?.();
        known.cancelLeaving = undefined;
        return;
      }
      const heard = [...new Set(names)].map((name) => hear(userId, name));
      here.set(userId, { sockets: 1, topics: heard, cancelLeaving: undefined });
      changed(userId, true, clock.now());
    },
    departed(userId) {
      const known = here.get(userId);
      if (!known || --known.sockets > 0) return;
      const at = clock.now();
      known.cancelLeaving = clock.after(graceMilliseconds, () => leave(userId, at));
    },
    joined(userId, name) {
      const known = here.get(userId);
      if (known && !topics.get(name)?.hearers.has(userId)) known.topics.push(hear(userId, name));
    },
    left(userId, name) {
      const known = here.get(userId);
      const topic = topics.get(name);
      if (!known || !topic?.hearers.has(userId)) return;
      known.topics = known.topics.filter((one) => one !== topic);
      unhear(userId, topic);
    },
  };
}
