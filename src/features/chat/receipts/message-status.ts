/**
 * What has become of a message, over all members but its sender whose account is open; where nobody else is left, over
 * the others. `sent` while there are no others.
 */
import type { Read } from "../../../platform/db/database.ts";
import { activeAmong } from "../../accounts/index.ts";
import { type Kind, pageOfFurthestBehind, pageOfLaggards, type Sent } from "./markers-store.ts";

export type Status = "sent" | "delivered" | "read";

/** Members that are looked at together. Whose account is closed is often furthest behind. */
const pageRows = 50;

/** Whose markers count: of those whose account is open or, where nobody else is left, of all. */
type Among = "open" | "all";

/** By the messages' ids. */
export async function statusesOf(read: Read, messages: readonly Sent[]): Promise<Map<number, Status>> {
  const statuses = new Map<number, Status>();
  for (const [chatId, some] of Map.groupBy(messages, (one) => one.chatId)) {
    const [first] = some;
    if (first && some.length === 1) statuses.set(first.id, await statusOfOne(read, first));
    else for (const [id, status] of await statusesIn(read, chatId, some)) statuses.set(id, status);
  }
  return statuses;
}

/** The first member who is behind decides; all are looked at only where nobody is. */
async function statusOfOne(read: Read, message: Sent): Promise<Status> {
  const anybody = { ...message, id: Number.MAX_SAFE_INTEGER };
  for (const among of ["open", "all"] as const) {
    if (await hasLaggard(read, "delivered", message, among)) return "sent";
    if (!(await hasLaggard(read, "read", anybody, among))) continue;
    return (await hasLaggard(read, "read", message, among)) ? "delivered" : "read";
  }
  return "sent";
}

/** Whether some member but its sender has not read (or received) a message. */
async function hasLaggard(read: Read, kind: Kind, message: Sent, among: Among): Promise<boolean> {
  for (let after = 0; ;) {
    const page = await pageOfLaggards(read, kind, message, { after, limit: pageRows });
    const last = page.at(-1);
    if (last === undefined) return false;
    if (among === "all" || (await activeAmong(read, page)).size > 0) return true;
    after = last;
  }
}

/** Of many messages of one chat: who is furthest behind decides them all. */
async function statusesIn(read: Read, chatId: number, messages: Sent[]): Promise<[number, Status][]> {
  const open = await furthestBehind(read, chatId, "open");
  const areLeft = messages.every((one) => open.read.some((other) => other.userId !== one.senderId));
  const all = areLeft ? open : await furthestBehind(read, chatId, "all");
  return messages.map((one) => [one.id, statusBy(one, open) ?? statusBy(one, all) ?? "sent"]);
}

/** The two members who are furthest behind, in case one of them wrote the message. */
type FurthestBehind = Record<Kind, { userId: number; id: number }[]>;

async function furthestBehind(read: Read, chatId: number, among: Among): Promise<FurthestBehind> {
  return {
    read: await twoFurthestBehind(read, chatId, "read", among),
    delivered: await twoFurthestBehind(read, chatId, "delivered", among),
  };
}

async function twoFurthestBehind(read: Read, chatId: number, kind: Kind, among: Among) {
  const found: { userId: number; id: number }[] = [];
  for (let offset = 0; found.length < 2; offset += pageRows) {
    const page = await pageOfFurthestBehind(read, kind, { chatId, limit: pageRows, offset });
    const ids = page.map((one) => one.userId);
    const counted = among === "all" ? new Set(ids) : await activeAmong(read, ids);
    found.push(...page.filter((one) => counted.has(one.userId)));
    if (page.length < pageRows) break;
  }
  return found.slice(0, 2);
}

/** Undefined where there are no others than its sender. */
function statusBy(message: Sent, behind: FurthestBehind): Status | undefined {
  const markerOf = (kind: Kind) => behind[kind].find((one) => one.userId !== message.senderId)?.id;
  const [read, delivered] = [markerOf("read"), markerOf("delivered")];
  if (read === undefined || delivered === undefined) return undefined;
  return read >= message.id ? "read" : delivered >= message.id ? "delivered" : "sent";
}
