import { ParleyError } from "../errors.ts";
import type { Kept } from "../store/store.ts";
import type { Me } from "../wire.ts";
import { Replica } from "./replica.ts";
import type { Change, Kind } from "./rows.ts";

/** Chats before what is in them. */
const order: readonly Kind[] = [
  "me",
  "chat",
  "member",
  "message",
  "notice",
  "entry",
  "draft",
  "device",
  "counter",
];

/** Whose rows these are; undefined for nobody's yet. */
export function ownerOf({ rows }: Kept): Me | undefined {
  for (const { kind, value } of rows) if (kind === "me") return value as Me;
  return undefined;
}

/** What a store has kept of somebody. Error: `other_person` when it is somebody else's. */
export function restore(kept: Kept, user: Me): { replica: Replica; cursor: string | undefined } {
  const owner = ownerOf(kept);
  if (owner && owner.id !== user.id) {
    throw new ParleyError("other_person", `What is kept here belongs to ${owner.username}.`);
  }
  const replica = new Replica(user);
  const all = [...(kept.rows as Iterable<Change>)];
  for (const kind of order) replica.commit(all.filter((one) => one.kind === kind));
  return { replica, cursor: kept.cursor };
}
