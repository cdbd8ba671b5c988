import type { Data } from "../data.ts";
import type { Assault } from "./assault.ts";

/** What `prepare` made, by name: `chat` and others. */
export type Ground = Record<string, number | string>;

export interface Attack {
  /** `kind-shape`; either the whole or the kind can be asked for. */
  name: string;
  /** Seconds; the default is in scene.ts. */
  seconds?: number;
  /** The crowd has a socket each, read by a process of its own. */
  crowdListens?: boolean;
  /** The victim sends a photo meanwhile. */
  photo?: boolean;
  /** Before the server starts. */
  prepare?(data: Data): Ground;
  /** In a process of its own, which is ended when the time is over: it need not settle. Calls `begin` first. */
  run(assault: Assault): Promise<void>;
}
