import { userName } from "../../data.ts";
import type { Attack } from "../attack.ts";
import { victims } from "../people.ts";
import { request } from "../requests.ts";

const networks = 20;
const lines = 100;

/** Networks as providers give them away (RFC 6177), by the prefix that each has. */
const kinds: Record<string, (n: number) => string> = {
  "lock-out-64": (n) => `2001:db8:0:${n.toString(16)}::1`,
  "lock-out-48": (n) => `2001:db8:${n.toString(16)}::1`,
  "lock-out-v4": (n) => `192.0.2.${n}`,
};

/** Wrong passwords for the victim's name. */
export const lockOut: Attack[] = Object.entries(kinds).map(([name, addressOf]) => ({
  name,
  async run(assault) {
    const body = JSON.stringify({ username: userName(victims[0]!), password: "none of hers" });
    const requests = Array.from({ length: networks }, (_, n) =>
      request("POST", "/api/auth/login", body, { from: addressOf(n + 1) }),
    );
    await assault.begin();
    await assault.lines(lines, (line, round) => line.ask(requests[round % networks]!));
  },
}));
