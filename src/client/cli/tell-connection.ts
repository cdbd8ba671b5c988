import type { Session } from "../sdk/index.ts";

/** Tells when the connection is there and when it is lost; returns how to stop. */
export function tellConnection(session: Session, tell: (text: string) => void): () => void {
  let wasLive: boolean | undefined;
  return session.connection.subscribe((state) => {
    const isLive = state === "live";
    if (state === "live" && !wasLive) tell(`${session.me.peek().username} is connected.`);
    if (state === "offline" && wasLive !== false) tell("No connection. Trying again.");
    if (isLive || state === "offline") wasLive = isLive;
  });
}
