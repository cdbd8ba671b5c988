import { ChatError } from "../../core/errors.ts";
import type { Read } from "../../platform/db/database.ts";
import type { MediaLimits } from "./deps.ts";
import * as store from "./store.ts";

/** One person's upload, as far as it needs room. */
export interface Place {
  /** Errors: `quota_exceeded`. */
  take(bytes: number): void;
  leave(): void;
}

/** Bytes of files that are in the tables: somebody's, and everybody's. */
export interface Usage {
  mine: number;
  all: number;
}

/** How long somebody waits who has too many uploads on their way. */
const retrySeconds = 5;

/** Who sends how much right now. What has been sent is in the tables; together they stay below the quotas. */
export class Room {
  readonly #uploads = new Map<number, { count: number; bytes: number }>();
  #bytes = 0;

  constructor(private readonly limits: MediaLimits) {}

  async usage(read: Read, userId: number): Promise<Usage> {
    const mine = await store.findUsage(read, userId);
    const all = await store.findUsage(read, store.everybody);
    return { mine: mine.bytes, all: all.bytes };
  }

  /**
   * Whoever enters leaves: nothing that may fail comes between this and the block that makes it so. Errors:
   * `rate_limited` beyond the uploads that somebody may have at a time, `quota_exceeded`.
   */
  enter(userId: number, { mine, all }: Usage): Place {
    const underWay = this.#uploads.get(userId) ?? { count: 0, bytes: 0 };
    if (underWay.count >= this.limits.uploadsPerUser) {
      const detail = `Not more than ${this.limits.uploadsPerUser} uploads at a time.`;
      throw new ChatError("rate_limited", detail, { retryAfter: retrySeconds });
    }
    this.#check(mine + underWay.bytes, all + this.#bytes);
    underWay.count += 1;
    this.#uploads.set(userId, underWay);
    let taken = 0;
    return {
      take: (bytes) => {
        taken += bytes;
        underWay.bytes += bytes;
        this.#bytes += bytes;
        this.#check(mine + underWay.bytes, all + this.#bytes);
      },
      leave: () => {
        underWay.count -= 1;
        underWay.bytes -= taken;
        this.#bytes -= taken;
        if (underWay.count === 0) this.#uploads.delete(userId);
      },
    };
  }

  /** The last word, in the transaction that counts it: `bytes` more, on disk as they are. Errors: `quota_exceeded`. */
  async requireFor(read: Read, userId: number, bytes: number): Promise<void> {
    const { mine, all } = await this.usage(read, userId);
    this.#check(mine + bytes, all + bytes);
  }

  #check(mine: number, all: number): void {
    const { userQuota, serverQuota } = this.limits;
    if (userQuota > 0 && mine > userQuota) {
      throw new ChatError("quota_exceeded", `Your files may have ${userQuota} bytes in all.`);
    }
    if (serverQuota > 0 && all > serverQuota) {
      throw new ChatError("quota_exceeded", "The files of this server have no more room.");
    }
  }
}
