import { ChatError } from "../../../core/errors.ts";
import { type Kit, perKit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { everybody, findUsage } from "../usage-store.ts";

/** One person's upload that is under way. Disposed of when it has been written down, or will not be. */
export interface Reservation extends Disposable {
  /** Errors: `quota_exceeded`. */
  add(bytes: number): void;
}

/** Bytes of files that are in the tables: somebody's, and everybody's. */
export interface Usage {
  mine: number;
  all: number;
}

const megabyte = 1024 * 1024;
/** How long somebody waits who has too many uploads under way. */
const retrySeconds = 5;

/** What all uploads of this server together keep to. */
export const quota = perKit(({ settings }: Kit) => new Quota(settings));

export async function usageOf(read: Read, userId: number): Promise<Usage> {
  const mine = await findUsage(read, userId);
  const all = await findUsage(read, everybody);
  return { mine: mine.bytes, all: all.bytes };
}

/** Who sends how much right now. With what has been sent, which is in the tables, it stays below the quotas. */
class Quota {
  readonly #uploads = new Map<number, { count: number; bytes: number }>();
  #bytes = 0;

  constructor(
    private readonly settings: Pick<Kit["settings"], "userQuotaMb" | "serverQuotaMb" | "uploadsPerUser">,
  ) {}

  /**
   * Begins an upload. Errors: `rate_limited` beyond the uploads that somebody may have at a time, `quota_exceeded`.
   */
  reserve(userId: number, { mine, all }: Usage): Reservation {
    const { uploadsPerUser } = this.settings;
    const underWay = this.#uploads.get(userId) ?? { count: 0, bytes: 0 };
    if (underWay.count >= uploadsPerUser) {
      const detail = `You may have ${uploadsPerUser} uploads at a time.`;
      throw new ChatError("rate_limited", detail, { retryAfter: retrySeconds });
    }
    this.#check(mine + underWay.bytes, all + this.#bytes);
    underWay.count += 1;
    this.#uploads.set(userId, underWay);
    let reserved = 0;
    return {
      add: (bytes) => {
        reserved += bytes;
        underWay.bytes += bytes;
        this.#bytes += bytes;
        this.#check(mine + underWay.bytes, all + this.#bytes);
      },
      [Symbol.dispose]: () => {
        underWay.count -= 1;
        underWay.bytes -= reserved;
        this.#bytes -= reserved;
        if (underWay.count === 0) this.#uploads.delete(userId);
      },
    };
  }

  /** The last word, in the transaction that counts it: `bytes` more, on disk as they are. Errors: `quota_exceeded`. */
  async require(read: Read, userId: number, bytes: number): Promise<void> {
    const { mine, all } = await usageOf(read, userId);
    this.#check(mine + bytes, all + bytes);
  }

  #check(mine: number, all: number): void {
    const { userQuotaMb, serverQuotaMb } = this.settings;
    if (userQuotaMb > 0 && mine > userQuotaMb * megabyte) {
      throw new ChatError("quota_exceeded", `Your files may take ${userQuotaMb} MB in all.`);
    }
    if (serverQuotaMb > 0 && all > serverQuotaMb * megabyte) {
      throw new ChatError("quota_exceeded", "This server has no room for more files.");
    }
  }
}
