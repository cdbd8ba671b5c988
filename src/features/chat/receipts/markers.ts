import type { MemberRow } from "../groups/store.ts";

/** Two markers per member, never a row per message: the last message that they have read, and received; 0 for none. */
export type Markers = Pick<MemberRow, "lastReadId" | "lastDeliveredId">;

/** As clients are told of them; null for nothing yet. */
export function toMarkers({ lastReadId, lastDeliveredId }: Markers) {
  return {
    last_read_message_id: lastReadId || null,
    last_delivered_message_id: lastDeliveredId || null,
  };
}
