import { userName } from "../../data.ts";
import type { Attack } from "../attack.ts";
import { victims } from "../people.ts";
import { request } from "../requests.ts";

const lines = 80;
const addresses = 500;
/** Slower than they could be, so that the budgets of the addresses last: what is refused counts, too. */
const pauseMilliseconds = 200;

const hex = (n: number) => n.toString(16);

/** What somebody may have: a /48, which is 65,536 networks of a /64 (RFC 6177), ten of them, or rented machines. */
const kinds: Record<string, (n: number) => string> = {
  "lock-out-64": (n) => `2001:db8:0:${hex(n)}::1`,
  "lock-out-48": (n) => `2001:db8:${hex(n % 10)}:${hex(n)}::1`,
  "lock-out-v4": (n) => `192.0.2.${n % 250}`,
};

/** Wrong passwords for the victim's name. */
export const lockOut: Attack[] = Object.entries(kinds).map(([name, addressOf]) => ({
  name,
  async run(assault) {
    const body = JSON.stringify({ username: userName(victims[0]!), password: "none of hers" });
    const requests = Array.from({ length: addresses }, (_, n) =>
      request("POST", "/api/auth/login", body, { from: addressOf(n + 1) }),
    );
    await assault.begin();
    await assault.lines(lines, async (line, round) => {
      const status = await line.ask(requests[round % addresses]!);
      if (status === 429) await Bun.sleep(pauseMilliseconds);
      return status;
    });
  },
}));
