import { withoutNothing } from "./data.ts";
import { hasCursor } from "./heard.ts";
import type { Person } from "./person.ts";
import type { Frame } from "./socket.ts";

/** What somebody is told who comes back, and how that ends. */
export interface Replayed {
  told: Frame[];
  end: string;
}

/** From this cursor on. */
export async function replayed(person: Person, since: string): Promise<Replayed> {
  const socket = await person.connect({ since });
  const isEnd = ({ type }: Frame) => type === "resumed" || type === "resync";
  while (!socket.frames.some(isEnd)) await socket.nextFrame();
  await socket.close();
  const end = socket.frames.findIndex(isEnd);
  return { told: socket.frames.slice(0, end).filter(hasCursor), end: socket.frames[end]!.type };
}

/** Who is here and how far people have come: the coming back of each changes that for the others. */
const momentary = [
  "is_online",
  "last_seen",
  "status",
  "last_delivered_message_id",
  "sender_last_delivered_message_id",
  "sender_last_read_message_id",
];

export function lasting<Told>(told: Told): Told {
  const text = JSON.stringify(told, (key, value: unknown) => (momentary.includes(key) ? undefined : value));
  return withoutNothing(JSON.parse(text));
}

/** As it is kept: what happened up to this position, and of messages, which are in the history as well, only the ids. */
export function briefly({ told, end }: Replayed, upTo: number): Replayed {
  const frames = told.filter((one) => one.type !== "message_status" && positionOf(one) <= upTo);
  const isMessage = (key: string) => key === "message" || key === "last_message";
  const text = JSON.stringify(frames, (key, value) => (isMessage(key) ? value?.id : value));
  return { told: lasting(JSON.parse(text)), end };
}

/** Where it stands in the order of events. */
export function positionOf(frame: Frame): number {
  return Number(frame["cursor"].split("-")[1]);
}
