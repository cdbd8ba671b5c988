import { integer, networks, oneOf, origins, text, webAddress } from "./kinds.ts";

export const server = {
  HOST: text("0.0.0.0").describe(
    "Address or host name to listen on. By default every IPv4 address of the machine, so that other machines reach the server.",
  ),
  PORT: integer(8000, { from: 0, to: 65_535 }).describe("TCP port to listen on. 0 takes any free one."),
  PUBLIC_URL: webAddress().describe(
    "Address under which people reach the server. Needed when a proxy stands in front of it.",
  ),
  CORS_ORIGINS: origins().describe(
    "Origins of other web pages that may call the server, separated by commas. Its own pages always may.",
  ),
  TRUSTED_PROXIES: networks().describe(
    "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, separated by commas. None by default, because anybody can send these headers.",
  ),
  REDIS_URL: text("").describe(
    "Read, but not used: this version serves from one machine. A value is answered by a warning in the log.",
  ),
  RATE_LIMITS: oneOf(["on", "off"], "on").describe(
    "Whether limits on the number of requests, frames and attempts apply. Off is for load tests; limits that protect memory still apply.",
  ),
};
