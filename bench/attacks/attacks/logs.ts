import type { Attack } from "../attack.ts";
import { request } from "../requests.ts";

const lines = 20;
const long = "a".repeat(8000);

const nowhere = request("GET", `/${long}`);
const others = [
  request("OPTIONS", `/api/chats?${long}`),
  request("OPTIONS", `/${long}`),
  request("PROPFIND", `/${long}`),
  request("BREW", "/api/chats"),
  request("DELETE", `/api/auth/login/${long}`),
  request("GET", "/health"),
  request("GET", `/health?${long}`),
  request("GET", "/docs"),
  request("GET", "/openapi.json"),
  request("GET", "/"),
  request("GET", `/ws/${long}`),
  request("GET", `/api/ws/eyJ${long}.a`),
  request("GET", `/api/messages/${"%61".repeat(2600)}`, undefined, { token: long }),
  request("GET", `/${long}`, undefined, { host: `${"h".repeat(200)}.example` }),
  request("GET", `/${long}`, undefined, { host: "a b<>" }),
];

/** Calls that cost nobody's budget, as fast as they are answered. */
export const logs: Attack[] = [
  {
    name: "logs-nowhere",
    async run(assault) {
      await assault.begin();
      await assault.lines(lines, (line) => line.ask(nowhere));
    },
  },
  {
    name: "logs-others",
    async run(assault) {
      await assault.begin();
      await assault.lines(lines, (line, round) => line.ask(others[round % others.length]!));
    },
  },
];
