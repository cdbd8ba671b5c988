import type { Origin } from "../../../feature.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { rememberAddress } from "../addresses/known-addresses.ts";
import { refreshTokens } from "../state.ts";
import { issueFileToken } from "../tokens/file-tokens.ts";
import { sha256 } from "../tokens/hashes.ts";
import { insertRefresh } from "../tokens/store.ts";
import { endExcessSessions } from "./end-sessions.ts";
import { insertSession } from "./store.ts";

export interface OpenSession {
  id: number;
  refreshToken: string;
  /** For a page. */
  fileToken: string | undefined;
}

/** Signs somebody in who has proved who they are. */
export async function openSession(
  kit: Kit,
  tx: Tx,
  userId: number,
  origin: Origin,
  isPage: boolean,
): Promise<OpenSession> {
  const at = kit.clock.now();
  await endExcessSessions(kit, tx, userId, kit.settings.sessionsPerUser);
  const id = await insertSession(tx, { userId, userAgent: origin.userAgent?.slice(0, 300) ?? null, at });
  const refreshToken = refreshTokens(kit).issue(id);
  await insertRefresh(tx, { hash: sha256(refreshToken), sessionId: id, createdAt: at });
  await rememberAddress(kit, tx, userId, origin.address);
  const fileToken = isPage ? await issueFileToken(kit, tx, id, undefined) : undefined;
  return { id, refreshToken, fileToken };
}
