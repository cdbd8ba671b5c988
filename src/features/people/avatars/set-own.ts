import type { Actor } from "../../../core/actor.ts";
import type { Form } from "../../../feature.ts";
import type { Kit } from "../../../kit.ts";
import { setPicture } from "../../accounts/index.ts";
import { receivePicture } from "./receive.ts";

/** Gives somebody the picture that they send; answers its address. Errors: as `receivePicture`. */
export function setOwnAvatar(kit: Kit, actor: Actor, form: Form): Promise<string> {
  return receivePicture(kit, actor, form, {
    setPicture: (tx, address) => setPicture(kit, tx, actor.userId, address),
  });
}
