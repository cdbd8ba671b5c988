import { ForbiddenAddress } from "../web-push/addresses.ts";
import { mostSeconds, TooLate } from "./reach.ts";

/** Why a host could not be reached, and what to do about it. */
export function reasonOf(host: string, error: unknown): string {
  if (error instanceof TooLate) {
    return `${host} gave no answer within ${mostSeconds} seconds: this machine may be offline, or a firewall in the way.`;
  }
  if (error instanceof ForbiddenAddress) {
    return `${host} leads to an address that is not public, where nothing is sent: a DNS filter may answer in its place.`;
  }
  const code = codeOf(error);
  return ofName(host, code) ?? ofCertificate(host, code) ?? ofConnection(host, code);
}

/** The system's or the TLS library's code for an error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}

function ofName(host: string, code: string): string | undefined {
  if (!/^(ENOTFOUND|EAI_|DNS_|ENODATA|ESERVFAIL|ETIMEOUT)/.test(code)) return undefined;
  return `The name ${host} cannot be resolved (${code}): check its spelling, and the DNS and network of this machine.`;
}

function ofCertificate(host: string, code: string): string | undefined {
  const subject = `The certificate of ${host}`;
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    const when = code === "CERT_HAS_EXPIRED" ? "has expired" : "is not valid yet";
    return `${subject} ${when} (${code}): it has to be renewed, or this machine's clock is wrong.`;
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return `${subject} is that of another host (${code}): something else answers in its place, such as a proxy or the sign-in page of a network.`;
  }
  if (/SELF_SIGNED|ISSUER|UNABLE_TO_VERIFY|UNTRUSTED/.test(code)) {
    return `${subject} is by nobody whom this machine trusts (${code}): a proxy on the way may look inside, or the host has a certificate of its own. If that is meant to be so, name a file with that authority's certificate in NODE_EXTRA_CA_CERTS.`;
  }
  return /CERT|SIGNATURE|CRL/.test(code) ? `${subject} is not valid (${code}).` : undefined;
}

function ofConnection(host: string, code: string): string {
  if (code === "ECONNREFUSED") return `${host} refuses connections (${code}): is a firewall in the way?`;
  if (/SSL|TLS|EPROTO/.test(code)) return `What answers for ${host} does not speak TLS (${code}).`;
  return `${host} cannot be reached (${code}): check the network of this machine, and firewalls in the way.`;
}
