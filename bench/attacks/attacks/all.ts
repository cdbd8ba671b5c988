import type { Attack } from "../attack.ts";
import { allOfThem } from "./all-of-them.ts";
import { bodies } from "./bodies.ts";
import { crowds } from "./crowds.ts";
import { files } from "./files.ts";
import { frames } from "./frames.ts";
import { json } from "./json.ts";
import { lockOut } from "./lock-out.ts";
import { logs } from "./logs.ts";
import { mentions } from "./mentions.ts";
import { search } from "./search.ts";
import { strangers } from "./strangers.ts";
import { unread } from "./unread.ts";

export const attacks: readonly Attack[] = [
  ...bodies,
  ...json,
  ...frames,
  ...mentions,
  ...strangers,
  ...allOfThem,
  ...search,
  ...logs,
  ...lockOut,
  ...unread,
  ...files,
  ...crowds,
];
