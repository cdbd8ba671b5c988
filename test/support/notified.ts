import type { Person } from "./person.ts";
import type { Frame, Socket } from "./socket.ts";

/** What somebody is told of, newest first. */
export async function notifications(person: Person, query = ""): Promise<any[]> {
  return (await person.get(`/api/notifications${query}`)).body.notifications;
}

/** What of it they have not read. */
export function unread(person: Person): Promise<any[]> {
  return notifications(person, "?unread=true");
}

/** Where they are mentioned in what they have not read, newest first. */
export async function mentions(person: Person): Promise<any[]> {
  return (await person.get("/api/notifications/mentions")).body.mentions;
}

/** How many notifications, mentions and messages somebody has not read. */
export async function counts(person: Person): Promise<number[]> {
  const { body } = await person.get("/api/notifications/count");
  return [body.unread_notifications, body.unread_mentions, body.unread_messages];
}

/** One short line each: `message Team: alice: hi`. */
export function lines(all: any[]): string[] {
  return all.map((one) => `${one.notification_type} ${one.title}: ${one.body}`);
}

const types = ["notification", "mention_notification", "notifications_read"];

/** The frames about notifications that a socket has got so far, without their cursors. */
export async function toldOf(socket: Socket): Promise<Frame[]> {
  await socket.settled();
  return socket.frames
    .filter((one) => types.includes(one.type))
    .map((one) => {
      const { cursor: _, ...rest } = one;
      return rest as Frame;
    });
}

/** Marks a chat as read up to and including a message. */
export async function readUpTo(person: Person, message: { id: number }): Promise<void> {
  const { status } = await person.post(`/api/messages/${message.id}/read`);
  if (status !== 200) throw new Error(`${person.username} could not read ${message.id}: ${status}`);
}
