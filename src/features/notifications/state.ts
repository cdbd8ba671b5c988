/** What notifications have once per server besides their tables. */
import { type Kit, perKit } from "../../kit.ts";
import type { Channel } from "./channel.ts";
import { socketChannel } from "./socket-channel.ts";

/** The ways to reach people. */
export const channels = perKit((kit: Kit): Channel[] => [socketChannel(kit)]);
