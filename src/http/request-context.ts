import type { Origin } from "../feature.ts";
import { networkOf } from "./address.ts";
import type { ReleaseSlot } from "./long-body-slots.ts";
import type { Site } from "./site.ts";

/** The caller, as far as the connection shows. */
export interface Caller {
  requestId: string;
  /** Of the connection, and what budgets are counted for. */
  peer: string;
  address: string;
}

/** What is known of a request before its endpoint is. */
export interface RequestContext {
  readonly requestId: string;
  readonly origin: Origin;
  readonly isHead: boolean;
  /** Some budget has counted it. */
  isCounted: boolean;
  /** A body that may be long is left unread, or in part. */
  isUnread: boolean;
  /** Its body is being read from now on. */
  readsBody(): void;
  /** Computed only for calls that need it. */
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
