import type { Person } from "./person.ts";
import type { Socket } from "./socket.ts";

/** Who came and went, as a socket was told: `bob online`. */
export function statuses(socket: Socket): string[] {
  return socket.frames
    .filter((one) => one.type === "user_status")
    .map((one) => `${one["username"]} ${one["status"]}`);
}

/** Waits until the socket is told of this. */
export async function told(socket: Socket, of: Person, status: "online" | "offline"): Promise<any> {
  return socket.next("user_status", (one) => one["user_id"] === of.id && one["status"] === status);
}

/**
 * Waits until everything that was to be told of comings and goings so far has been told: somebody else, who
 * shares a chat with the watchers, comes online, and that is told last.
 */
export async function everythingTold(watchers: Socket[], marker: Person): Promise<void> {
  const socket = await marker.connect();
  await Promise.all(watchers.map((one) => told(one, marker, "online")));
  await socket.settled();
}
