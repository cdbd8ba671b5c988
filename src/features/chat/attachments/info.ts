import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import { type Media, toMedia } from "../../files/index.ts";
import { see } from "./seen.ts";

/** What is known of a file. Errors: `not_found`. */
export async function mediaInfo(kit: Kit, actor: Actor, id: number): Promise<Media> {
  return toMedia(await see(kit, actor, id));
}
