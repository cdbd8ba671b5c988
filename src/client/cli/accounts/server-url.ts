import { exitCodes, Failure } from "../exit-codes.ts";

const thisMachine = /^(localhost|127\.[\d.]+|\[::1\])(:|\/|$)/;

/** The address of a server as people write it; without a scheme it is https, but http on this machine. Errors: Failure. */
export function serverUrl(given: string): URL {
  const scheme = thisMachine.test(given) ? "http" : "https";
  const text = given.includes("://") ? given : `${scheme}://${given}`;
  const url = URL.parse(text);
  const isPlain =
    url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
  if (!isPlain) {
    throw new Failure(
      exitCodes.usage,
      `${given} is not the address of a server, such as https://chat.example.org`,
    );
  }
  url.pathname = url.pathname.replace(/\/+$/, "");
  return url;
}
