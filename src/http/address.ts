/**
 * The address that a request comes from. X-Forwarded-For is believed only as far as trusted proxies wrote it:
 * read from the right, the first address that is not one of them.
 */
export function clientAddress(peer: string, forwardedFor: string | null, trusted: readonly string[]): string {
  let address = plain(peer);
  if (!trusted.includes(address) || forwardedFor === null) return address;
  for (const hop of forwardedFor.split(",").reverse()) {
    address = plain(hop.trim());
    if (!trusted.includes(address)) return address;
  }
  return address;
}

/** An IPv4 address as such, also where the socket shows it in IPv6 form. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
