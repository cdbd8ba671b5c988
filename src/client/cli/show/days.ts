import type { Message } from "../../sdk/index.ts";
import type { Style } from "../text/style.ts";
import { dayText } from "../text/time.ts";

/** Says above which messages another day begins. */
export class Days {
  #last: string | undefined;

  /** The line above a message; undefined where it is of the same day as the one before. */
  above({ created_at }: Message, style: Style): string | undefined {
    const day = dayText(created_at);
    if (day === this.#last) return undefined;
    this.#last = day;
    return style.aside(`-- ${day} --`);
  }
}
