import { ChatError, invalid } from "../../../core/errors.ts";
import type { Role } from "./schema.ts";

/**
 * Authorization: who may do what beyond reading and writing, which every member may. A direct chat has two members and
 * neither other role.
 */
export const rules = {
  delete_others_message: { what: "Delete what another wrote", may: ["admin", "owner"] },
  mention_all: { what: "Call everybody with `@all`", may: ["admin", "owner"] },
  edit_chat: { what: "Change the name, description and picture", may: ["admin", "owner"] },
  add_member: { what: "Add a member", may: ["admin", "owner"] },
  remove_member: { what: "Remove a member", may: ["admin", "owner"] },
  add_admin: { what: "Add somebody as an admin", may: ["owner"] },
  remove_admin: { what: "Remove an admin", may: ["owner"] },
  set_role: { what: "Make members admins and admins members, hand the group over", may: ["owner"] },
  close_chat: { what: "Close the group for all", may: ["owner"] },
} as const satisfies Record<string, { what: string; may: readonly Role[] }>;

export type Action = keyof typeof rules;

export function may(who: { role: Role }, action: Action): boolean {
  const roles: readonly Role[] = rules[action].may;
  return roles.includes(who.role);
}

/** Errors: `forbidden`. */
export function requireMay(who: { role: Role }, action: Action): void {
  if (!may(who, action)) throw new ChatError("forbidden");
}

/** Whether somebody may take away what others wrote and sent. */
export function mayRemoveOthers(who: { role: Role; chatType: "direct" | "group" }): boolean {
  return who.chatType === "group" && may(who, "delete_others_message");
}

/** Errors: `chat_inactive`. */
export function requireActive(chat: { isActive: boolean }): void {
  if (!chat.isActive) throw new ChatError("chat_inactive");
}

/** Errors: `validation` of `field` when the group would have more members than it may. */
export function requireRoom(members: number, most: number, field: string): void {
  if (members > most) throw invalid(field, `would make ${members} members; at most ${most} are allowed`);
}
