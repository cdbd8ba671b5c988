import type { Origin } from "../feature.ts";
import { networkOf } from "./address.ts";
import type { ReleaseSlot } from "./long-body-slots.ts";
import type { Site } from "./site.ts";

/** Who asks, as far as the connection tells. */
export interface Caller {
  requestId: string;
  /** Of the connection, and what budgets are counted for. */
  peer: string;
  address: string;
}

/** What is known of a request before its call is. */
export interface RequestContext {
  readonly requestId: string;
  readonly origin: Origin;
  readonly isHead: boolean;
  /** Some budget or other has it in its count. */
  isCounted: boolean;
  /** Of a body that may be long something is left, and nobody knows what to do with it. */
  isUnread: boolean;
  /** Its body is being read from now on. */
  readsBody(): void;
  /** Worked out for those calls that ask. */
  site(): Site;
}

/** `release` is for the slot of a body that may be long. */
export function contextOf(
  { method, headers }: Request,
  { requestId, address }: Caller,
  release: ReleaseSlot | undefined,
  site: () => Site,
): RequestContext {
  return {
    requestId,
    origin: {
      address,
      network: networkOf(address),
      userAgent: headers.get("user-agent") ?? undefined,
      accept: headers.get("accept") ?? "",
    },
    isHead: method === "HEAD",
    isCounted: false,
    isUnread: release !== undefined,
    readsBody: () => release?.(false),
    site,
  };
}
