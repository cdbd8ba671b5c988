/** Whose token it is that a call or a socket shows. */
import type { Actor } from "../../../core/actor.ts";
import { BadToken } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import { accessTokens, tickets } from "../state.ts";
import { fileTokenHash } from "../tokens/file-tokens.ts";
import { findSessionId } from "../tokens/store.ts";
import { requireActor } from "../users/person.ts";
import { unusedSince } from "./lifetime.ts";
import { findSession } from "./store.ts";

/** Whose access token this is, when the session still lives. Errors: `unauthorized`. */
export async function authenticate(kit: Kit, token: string): Promise<Actor> {
  const actor = await accessTokens(kit).verify(token);
  await kit.db.read((read) => requireActor(read, actor));
  return actor;
}

/** The same for a ticket, which is used up. */
export async function authenticateTicket(kit: Kit, ticket: string): Promise<Actor> {
  const actor = tickets(kit).take(ticket);
  await kit.db.read((read) => requireActor(read, actor));
  return actor;
}

/**
 * The same for a token that stands for a session where pages fetch files, and nowhere else. It is gone with its session;
 * whether the account is open the verb asks, as of every caller.
 */
export async function authenticateFiles(kit: Kit, token: string): Promise<Actor> {
  const hash = fileTokenHash(kit, token);
  const session = await kit.db.read(async (read) => {
    const id = await findSessionId(read, hash);
    return id === undefined ? undefined : findSession(read, id);
  });
  if (!session || session.lastUsedAt < unusedSince(kit)) throw new BadToken(session?.id);
  return { userId: session.userId, sessionId: session.id };
}
