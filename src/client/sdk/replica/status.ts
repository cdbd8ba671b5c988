import type { Member, Message } from "../wire.ts";

type Status = Message["status"];

/** Who is furthest behind with one of the markers, where that is, and where the next one is. */
interface Behind {
  userId: number;
  least: number;
  next: number;
}

interface Group {
  size: number;
  delivered: Behind;
  read: Behind;
}

/**
 * How far the messages of a chat have come: as far as all active members but the sender, or all of them where nobody else is
 * active. The two who are furthest behind say it of every message.
 */
export class Progress {
  readonly #active: Group = newGroup();
  readonly #everybody: Group = newGroup();

  constructor(private readonly members: ReadonlyMap<number, Member>) {
    for (const member of members.values()) {
      add(this.#everybody, member);
      if (member.is_active) add(this.#active, member);
    }
  }

  statusOf({ id, sender_id }: Pick<Message, "id" | "sender_id">): Status {
    const sender = this.members.get(sender_id);
    const group =
      this.#active.size > (sender?.is_active ? 1 : 0)
        ? this.#active
        : this.#everybody.size > (sender ? 1 : 0)
          ? this.#everybody
          : undefined;
    if (!group) return "sent";
    if (butSender(group.read, sender_id) >= id) return "read";
    return butSender(group.delivered, sender_id) >= id ? "delivered" : "sent";
  }

  /** Whether nobody's status is another when this member's markers move forward: others are further behind. */
  isUntouchedBy(member: Member): boolean {
    return isAhead(this.#everybody, member) && (!member.is_active || isAhead(this.#active, member));
  }

  /** Of which messages the status may be another than it was. */
  changesSince(before: Progress): Range {
    const active = changesBetween(this.#active, before.#active);
    const everybody = changesBetween(this.#everybody, before.#everybody);
    return { from: Math.min(active.from, everybody.from), to: Math.max(active.to, everybody.to) };
  }
}

/** Ids of messages, both included; none where `from` is greater. */
export interface Range {
  from: number;
  to: number;
}

export const nothing: Range = { from: Infinity, to: -1 };

function newGroup(): Group {
  const behind = { userId: 0, least: Infinity, next: Infinity };
  return { size: 0, delivered: { ...behind }, read: { ...behind } };
}

function add(group: Group, member: Member): void {
  group.size += 1;
  lower(group.delivered, member.user_id, member.last_delivered_message_id ?? 0);
  lower(group.read, member.user_id, member.last_read_message_id ?? 0);
}

function lower(behind: Behind, userId: number, at: number): void {
  if (at < behind.least) {
    behind.next = behind.least;
    behind.least = at;
    behind.userId = userId;
  } else if (at < behind.next) behind.next = at;
}

function butSender({ userId, least, next }: Behind, sender: number): number {
  return userId === sender ? next : least;
}

function isAhead({ delivered, read }: Group, member: Member): boolean {
  return (
    (member.last_delivered_message_id ?? 0) > delivered.next && (member.last_read_message_id ?? 0) > read.next
  );
}

function changesBetween(now: Group, before: Group): Range {
  // With the first or last member of a group everything may be another.
  if (now.size !== before.size && (now.size < 3 || before.size < 3)) return { from: 0, to: Infinity };
  const delivered = between(now.delivered, before.delivered);
  const read = between(now.read, before.read);
  return { from: Math.min(delivered.from, read.from), to: Math.max(delivered.to, read.to) };
}

/** What stands before these places is as far as it was, and so is what nobody has reached. */
function between(now: Behind, before: Behind): Range {
  const isSameLast = now.userId === before.userId && now.least === before.least;
  if (isSameLast && now.next === before.next) return nothing;
  // Without the one who is furthest behind it matters only to that one's own messages where the next one is.
  const from = isSameLast ? Math.min(now.next, before.next) : Math.min(now.least, before.least);
  return { from: from + 1, to: Math.max(now.next, before.next) };
}
