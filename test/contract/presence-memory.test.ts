import { memoryPresence } from "../../src/platform/presence/memory.ts";
import { presenceContract } from "./presence.ts";

presenceContract("memory", memoryPresence);
