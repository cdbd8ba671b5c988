import { BlockList, isIP, isIPv6 } from "node:net";

/** Proxies that are believed: addresses and networks such as `10.0.0.0/8`, as the settings let them through. */
export function proxyList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(bits), familyOf(address));
  }
  return list;
}

/**
 * The address that a request comes from. X-Forwarded-For is believed only as far as trusted proxies wrote it:
 * read from the right, the first address that is not one of them.
 */
export function clientAddress(peer: string, forwardedFor: string | null, trusted: BlockList): string {
  let address = plain(peer);
  if (!isTrusted(address, trusted) || forwardedFor === null) return address;
  for (const hop of forwardedFor.split(",").reverse()) {
    address = plain(hop.trim());
    if (!isTrusted(address, trusted)) return address;
  }
  return address;
}

/** What shares a budget: an IPv4 address, or the /64 that one IPv6 subscriber has (RFC 6177). */
export function budgetKey(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("%")[0]!.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array<string>(Math.max(0, zeros)).fill("0"), ...right];
  return `${groups.slice(0, 4).join(":")}::/64`;
}

function isTrusted(address: string, trusted: BlockList): boolean {
  return isIP(address) !== 0 && trusted.check(address, familyOf(address));
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}

/** An IPv4 address as such, also where the socket shows it in IPv6 form. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
