import type { ChannelName, Outcome } from "../../../platform/push/push.ts";
import { type Kit, perKit } from "../../../kit.ts";

const minuteMilliseconds = 60_000;
/** In a minute. People choose the services by Web Push, and each host is a kind of its own. */
const mostLines = 20;

/** What goes wrong with pushes, for the operator. One line a minute for all that are alike: what fails, fails for thousands. */
class PushLog {
  /** Kinds that have had their line in this minute, which begins with the first. */
  readonly #told = new Set<string>();
  #untold = 0;

  constructor(private readonly kit: Pick<Kit, "clock" | "log">) {}

  tell(channel: ChannelName, outcome: Outcome): void {
    if (outcome.status === "accepted") return;
    const kind = `${channel} ${outcome.status} ${outcome.detail}`;
    if (this.#told.has(kind)) return;
    if (this.#told.size >= mostLines) {
      this.#untold += 1;
      return;
    }
    const { clock, log } = this.kit;
    if (this.#told.size === 0) clock.after(minuteMilliseconds, () => this.#endMinute());
    this.#told.add(kind);
    log.warn("a push was not taken", { channel, outcome: outcome.status, detail: outcome.detail });
  }

  #endMinute(): void {
    if (this.#untold > 0) this.kit.log.warn("more pushes were not taken", { count: this.#untold });
    this.#told.clear();
    this.#untold = 0;
  }
}

export const pushLog = perKit((kit: Kit) => new PushLog(kit));
