import { BlockList, isIP, isIPv6 } from "node:net";

/** Trusted proxies: addresses and networks such as `10.0.0.0/8`, already validated by the settings. */
export function proxyList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [given = "", bits] = network.split("/");
    const address = addressIn(given) ?? given;
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(given, Number(bits), familyOf(given));
  }
  return list;
}

/**
 * The address that a request comes from. X-Forwarded-For is believed only as far as trusted proxies wrote it:
 * read from the right, the first address that is not one of them, or the last of them where what it wrote is none.
 */
export function clientAddress(peer: string, forwardedFor: string | null, trusted: BlockList): string {
  let address = addressIn(peer) ?? peer;
  const hops = forwardedFor?.split(",").map((one) => one.trim()) ?? [];
  for (const hop of hops.filter(Boolean).reverse()) {
    if (!isTrusted(address, trusted)) return address;
    const before = addressIn(hop);
    if (before === undefined) return address;
    address = before;
  }
  return address;
}

/** The key that budgets are counted by: an IPv4 address, or the /64 that one IPv6 subscriber has (RFC 6177). */
export function budgetKey(address: string): string {
  const plain = addressIn(address) ?? address;
  if (!isIPv6(plain)) return plain;
  const [head = "", tail] = plain.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array<string>(zeros).fill("0"), ...right];
  return `${groups.slice(0, 4).join(":")}::/64`;
}

/** The network of such a key: an IPv4 /24, or the /48 that one IPv6 site has at most (RFC 6177). */
export function networkOf(key: string): string {
  const groups = key.split(":");
  if (groups.length > 1) return `${groups.slice(0, 3).join(":")}::/48`;
  return key.replace(/\.\d+$/, ".0/24");
}

/** Whether it is a trusted proxy. */
export function isProxy(peer: string, trusted: BlockList): boolean {
  return isTrusted(addressIn(peer) ?? peer, trusted);
}

function isTrusted(address: string, trusted: BlockList): boolean {
  return isIP(address) !== 0 && trusted.check(address, familyOf(address));
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}

/**
 * The address in what a proxy has written, without a port, brackets, quotation marks (RFC 7239, 6) or a zone (RFC 4007,
 * 11), in its canonical form (RFC 5952); an IPv4-mapped IPv6 address becomes the IPv4 one. Undefined where there is
 * none.
 */
function addressIn(written: string): string | undefined {
  const [, quoted = written] = /^"(.*)"$/.exec(written) ?? [];
  const [, bracketed] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(quoted) ?? [];
  const [, beforePort] = /^([\d.]+):\d{1,5}$/.exec(quoted) ?? [];
  const [address = ""] = (bracketed ?? beforePort ?? quoted).split("%");
  if (!isIPv6(address)) return isIP(address) && bracketed === undefined ? address : undefined;
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return canonical;
  return [high, low]
    .map((one) => parseInt(one, 16))
    .flatMap((one) => [one >> 8, one & 255])
    .join(".");
}
