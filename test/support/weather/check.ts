import type { Action, Journal, Noted } from "./journal.ts";

/** A message as the server has it. */
export interface Stored {
  id: number;
  chat_id: number;
  seq: number;
  client_id: string | null;
  sender_id: number;
  content: string;
  content_type: string;
  reply_to_id: number | null;
  is_deleted: boolean;
  reactions: { emoji: string; user_ids: number[] }[];
}

export interface Truth {
  /** Of all chats, in the order of their ids. */
  messages: Stored[];
  /** How far somebody has read, by `user/chat`. */
  read: Map<string, number>;
  /** Who was not always there, as `user/chat`: what they ask for may be refused. */
  guests: Set<string>;
}

/** Each text begins with a word that no other text begins with. */
export const tokenOf = (text: string): string => text.split(" ", 1)[0]!;

/** What was lost, doubled, invented or undone. */
export function whatIsWrong(journals: Journal[], truth: Truth): string[] {
  const check = new Check(journals, truth);
  return [
    ...check.numbers(),
    ...check.doubled(),
    ...journals.flatMap((journal) => [
      ...journal.problems.map((problem) => `${journal.client}: ${problem}`),
      ...check.drops(journal),
      ...check.sends(journal),
      ...check.edits(journal),
      ...check.removals(journal),
      ...check.reactions(journal),
      ...check.markers(journal),
    ]),
    ...check.invented(),
  ];
}

type Of<Kind extends Action["kind"]> = Extract<Action, { kind: Kind }>;
type NotedOf<Kind extends Action["kind"]> = Noted & { action: Of<Kind> };

class Check {
  readonly #byId: Map<number, Stored>;
  readonly #byKey: Map<string, Stored>;

  constructor(
    private readonly journals: Journal[],
    private readonly truth: Truth,
  ) {
    this.#byId = new Map(truth.messages.map((one) => [one.id, one]));
    this.#byKey = new Map(truth.messages.flatMap((one) => (one.client_id ? [[one.client_id, one]] : [])));
  }

  numbers(): string[] {
    const chats = Map.groupBy(this.truth.messages, (one) => one.chat_id);
    return [...chats].flatMap(([chat, messages]) =>
      messages.every((one, i) => one.seq === i + 1) ? [] : [`chat ${chat} has a gap`],
    );
  }

  doubled(): string[] {
    const shown = this.truth.messages.filter((one) => one.content_type !== "system" && !one.is_deleted);
    const tokens = Map.groupBy(shown, (one) => tokenOf(one.content));
    const keys = Map.groupBy(this.truth.messages, (one) => one.client_id ?? `${one.id}`);
    return [...tokens, ...keys].flatMap(([what, some]) =>
      some.length > 1 ? [`${what} is there twice`] : [],
    );
  }

  /** Nobody has asked for it, or not there. */
  invented(): string[] {
    const asked = this.journals.flatMap((journal) => journal.asked.map((one) => one.action));
    const texts = new Map(asked.flatMap((one) => ("text" in one ? [[one.text, one.chat]] : [])));
    const removed = new Set(
      asked.flatMap((one) => (one.kind === "remove" ? [this.#find(one.target)?.id] : [])),
    );
    return this.truth.messages.flatMap((one) => {
      if (one.content_type === "system") return [];
      if (one.is_deleted) return removed.has(one.id) ? [] : [`nobody has deleted ${one.id}`];
      return texts.get(one.content) === one.chat_id
        ? []
        : [`nobody has written ${one.content} in ${one.chat_id}`];
    });
  }

  /** Fails for good: what is about a deleted message, and what is asked by those who may have been away. */
  drops({ client, userId, dropped }: Journal): string[] {
    return dropped
      .filter((one) => !(one.code === "message_deleted" && one.kind !== "send"))
      .filter((one) => !(one.code === "not_found" && this.#isGuest(userId, one.chat)))
      .map((one) => `${client}: ${JSON.stringify(one)} failed`);
  }

  sends(journal: Journal): string[] {
    const removed = new Set(of(journal, "remove").map(({ action }) => action.target));
    return of(journal, "send").flatMap(({ isKept, key, action }) => {
      if (!isKept || key === undefined) return [];
      const stored = this.#byKey.get(key);
      if (stored?.sender_id === journal.userId && stored.chat_id === action.chat)
        return this.#reply(stored, action);
      const isGone = removed.has(key) || journal.dropped.some((one) => one.key === key);
      return isGone ? [] : [`${journal.client}: ${tokenOf(action.text)} is lost`];
    });
  }

  #reply(stored: Stored, { text, replyTo }: Of<"send">): string[] {
    const answered = replyTo === undefined ? null : (this.#find(replyTo)?.id ?? null);
    return stored.reply_to_id === answered
      ? []
      : [`${tokenOf(text)} answers ${stored.reply_to_id}, not ${replyTo}`];
  }

  /** The last text that was kept is there, or one that was asked for after it. */
  edits(journal: Journal): string[] {
    const edits = of(journal, "edit");
    const messages = Map.groupBy(edits, ({ action }) => this.#find(action.target));
    return [...messages].flatMap(([message, some]) => {
      if (!message || message.is_deleted || this.#isRefused(journal, "edit", message)) return [];
      const possible = lastPossible(some).map(({ action }) => action.text);
      const isOriginal =
        some.every((one) => !one.isKept) && !edits.some(({ action }) => action.text === message.content);
      if (isOriginal || possible.includes(message.content)) return [];
      return [`${journal.client}: ${message.id} says ${message.content}, not ${possible.join(" or ")}`];
    });
  }

  removals(journal: Journal): string[] {
    return of(journal, "remove").flatMap((one) => {
      const message = this.#find(one.action.target);
      if (!one.isKept || !message || message.is_deleted) return [];
      if (this.#isRefused(journal, "remove", message)) return [];
      return [`${journal.client}: ${message.id} is still there`];
    });
  }

  reactions(journal: Journal): string[] {
    const ones = Map.groupBy(
      of(journal, "react", "unreact"),
      ({ action }) => `${action.target} ${action.emoji}`,
    );
    return [...ones].flatMap(([what, some]) => {
      const { target, emoji } = some[0]!.action;
      const message = this.#byId.get(target)!;
      if (message.is_deleted || this.#isGuest(journal.userId, message.chat_id)) return [];
      const isThere = message.reactions.some(
        (one) => one.emoji === emoji && one.user_ids.includes(journal.userId),
      );
      const possible = lastPossible(some).map(({ action }) => action.kind === "react");
      if (possible.includes(isThere) || (!isThere && some.every((one) => !one.isKept))) return [];
      return [`${journal.client}: the reaction ${what} is ${isThere ? "there" : "lost"}`];
    });
  }

  markers(journal: Journal): string[] {
    return of(journal, "read").flatMap((one) => {
      const { chat, target } = one.action;
      const read = this.truth.read.get(`${journal.userId}/${chat}`) ?? 0;
      if (!one.isKept || target <= read || this.#isGuest(journal.userId, chat)) return [];
      return [`${journal.client}: has read ${target} of ${chat}, but the marker is at ${read}`];
    });
  }

  #find(target: number | string): Stored | undefined {
    return typeof target === "number" ? this.#byId.get(target) : this.#byKey.get(target);
  }

  /** Then it may be as any of those before have left it. What was asked for by key is refused by id. */
  #isRefused({ dropped }: Journal, kind: "edit" | "remove", message: Stored): boolean {
    return dropped.some(
      (one) => one.kind === kind && one.target !== undefined && this.#find(one.target) === message,
    );
  }

  #isGuest(userId: number, chat: number): boolean {
    return this.truth.guests.has(`${userId}/${chat}`);
  }
}

function of<Kind extends Action["kind"]>(journal: Journal, ...kinds: Kind[]): NotedOf<Kind>[] {
  return journal.asked.filter((one): one is NotedOf<Kind> => (kinds as string[]).includes(one.action.kind));
}

/** The last that was kept, and what was asked for after it: whether that came so far is not known. */
function lastPossible<One extends Noted>(some: One[]): One[] {
  return some.slice(
    Math.max(
      0,
      some.findLastIndex((one) => one.isKept),
    ),
  );
}
