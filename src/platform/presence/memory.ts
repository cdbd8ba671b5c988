import type { Clock } from "../../core/clock.ts";
import type { Presence } from "./presence.ts";

interface Person {
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

/** Presence of a single node, in memory. `graceMilliseconds`: how long somebody without a socket stays online. */
export function memoryPresence(clock: Clock, graceMilliseconds: number): Presence {
  return new MemoryPresence(clock, graceMilliseconds);
}

class MemoryPresence implements Presence {
  readonly #people = new Map<number, Person>();
  readonly #topics = new Map<string, Topic>();
  #changed: (userId: number, isOnline: boolean, at: number) => void = () => {};

  constructor(
    private readonly clock: Clock,
    private readonly graceMilliseconds: number,
  ) {}

  isOnline(userId: number): boolean {
    return this.#people.has(userId);
  }

  get size(): number {
    return this.#people.size;
  }

  onlineIn(topic: string): ReadonlySet<number> {
    return this.#topics.get(topic)?.hearers ?? nobody;
  }

  connectedIn(topic: string): number[] {
    return [...this.onlineIn(topic)].filter((userId) => this.#isConnected(userId));
  }

  #isConnected(userId: number): boolean {
    const person = this.#people.get(userId);
    return person !== undefined && person.sockets > 0;
  }

  onChange(changed: (userId: number, isOnline: boolean, at: number) => void): void {
    this.#changed = changed;
  }

  arrived(userId: number, names: readonly string[]): void {
    const known = this.#people.get(userId);
    if (known) {
      known.sockets += 1;
      known.cancelLeaving?.();
      known.cancelLeaving = undefined;
      return;
    }
    const topics = [...new Set(names)].map((name) => this.#hear(userId, name));
    this.#people.set(userId, { sockets: 1, topics, cancelLeaving: undefined });
    this.#changed(userId, true, this.clock.now());
  }

  departed(userId: number): void {
    const person = this.#people.get(userId);
    if (!person || --person.sockets > 0) return;
    const at = this.clock.now();
    person.cancelLeaving = this.clock.after(this.graceMilliseconds, () => this.#leave(userId, person, at));
  }

  #leave(userId: number, { topics }: Person, at: number): void {
    for (const topic of topics) this.#unhear(userId, topic);
    this.#people.delete(userId);
    this.#changed(userId, false, at);
  }

  joined(userId: number, name: string): void {
    const person = this.#people.get(userId);
    if (!person || this.#topics.get(name)?.hearers.has(userId)) return;
    person.topics.push(this.#hear(userId, name));
  }

  left(userId: number, name: string): void {
    const person = this.#people.get(userId);
    const topic = this.#topics.get(name);
    if (!person || !topic?.hearers.has(userId)) return;
    person.topics = person.topics.filter((one) => one !== topic);
    this.#unhear(userId, topic);
  }

  #hear(userId: number, name: string): Topic {
    const topic = this.#topics.get(name) ?? { name, hearers: new Set() };
    this.#topics.set(name, topic);
    topic.hearers.add(userId);
    return topic;
  }

  #unhear(userId: number, { name, hearers }: Topic): void {
    hearers.delete(userId);
    if (hearers.size === 0) this.#topics.delete(name);
  }
}
