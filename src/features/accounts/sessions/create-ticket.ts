import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import type { Ticket } from "../schema.ts";
import { tickets } from "../state.ts";

/** A ticket that opens one WebSocket within 30 seconds: browsers cannot send a header with it. */
export function createTicket(kit: Kit, actor: Actor): Ticket {
  return { ticket: tickets(kit).issue(actor) };
}
