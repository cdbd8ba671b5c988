import type { Attack } from "../attack.ts";
import { bodies } from "./bodies.ts";
import { frames } from "./frames.ts";
import { json } from "./json.ts";

export const attacks: readonly Attack[] = [...bodies, ...json, ...frames];
