/** Which addresses may be called (server-side request forgery). */
import { lookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";

import ipaddr from "ipaddr.js";

export interface Address {
  address: string;
  family: number;
}

/** All addresses of a name. Errors: the name has none, or nobody could be asked. */
export type Resolve = (hostname: string) => Promise<Address[]>;

/** By the C library, which also knows the names of /etc/hosts. */
export const resolveBySystem: Resolve = (hostname) => lookup(hostname, { all: true });

/** In place of a connection: the address is one that may not be called. */
export class ForbiddenAddress extends Error {}

const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");
const mustBePublic = "lead to a public address";

export class Addresses {
  readonly #allowedHosts: ReadonlySet<string>;
  readonly #resolve: Resolve;

  constructor(allowedHosts: readonly string[], resolve: Resolve) {
    this.#allowedHosts = new Set(allowedHosts);
    this.#resolve = resolve;
  }

  /** What is wrong with an address as it is written, in words that follow "must". */
  problemWith(url: URL | null): string | undefined {
    if (url?.protocol !== "https:" || url.port === "0") return "be an https address";
    if (url.username || url.password) return "have no user name and no password";
    if (this.#allowedHosts.has(url.hostname)) return undefined;
    const bare = bareOf(url.hostname);
    const isForbidden = ipaddr.isValid(bare) ? !isPublic(bare) : /(^|\.)localhost\.?$/.test(bare);
    return isForbidden ? mustBePublic : undefined;
  }

  /** The same, and where its name leads now; it may lead elsewhere later. */
  async problemWithWhereItLeads(url: URL | null): Promise<string | undefined> {
    const problem = this.problemWith(url);
    if (problem || !url) return problem;
    const error = await this.resolveAllowed(url.hostname).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return error instanceof ForbiddenAddress ? mustBePublic : undefined;
  }

  /**
   * In place of dns.lookup: a connection is made to the very addresses that are checked here, so a name cannot lead
   * elsewhere in between (DNS rebinding). Not called for a host that is an address already.
   */
  readonly lookup: LookupFunction = (hostname, _options, done) => {
    this.resolveAllowed(hostname).then(
      (found) => done(null, found),
      (error: NodeJS.ErrnoException) => done(error, []),
    );
  };

  /** Where a name leads. Errors: ForbiddenAddress, and those of `Resolve`. */
  async resolveAllowed(hostname: string): Promise<Address[]> {
    const found = await this.#resolve(hostname);
    // Node's lookup takes no empty list, and throws where nobody catches it.
    if (found.length === 0) throw Object.assign(new Error("no address"), { code: "ENOTFOUND" });
    if (this.#allowedHosts.has(hostname) || found.every((one) => isPublic(one.address))) return found;
    throw new ForbiddenAddress(`${hostname} leads to an address that is not public`);
  }
}

/** Whether anybody could call it: not of this machine, its network, or a use of its own (RFC 6890). */
function isPublic(address: string): boolean {
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== "unicast") return false;
  // All other of IPv6 is not given out, or means an IPv4 address, as ::7f00:1 does (RFC 4291, 2.5.5.1).
  return parsed.kind() === "ipv4" || parsed.match(globalUnicast);
}

/** Without the brackets of an IPv6 address. */
export function bareOf(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}
