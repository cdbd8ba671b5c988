import type { Chance } from "../random.ts";

/** What happens to one request with its answer, or to one WebSocket with its handshake. */
export interface Fault {
  /** Bytes that still reach the server; the next one breaks the line. All, if absent. */
  toServer?: number;
  /** The same on the way to the client. 0 loses the answer to something that has been done. */
  toClient?: number;
  /** Milliseconds for which a broken line is silent, with nothing passed on and nothing closed. If absent, both ends are closed at once. */
  silence?: number;
  /** Milliseconds by which each piece is late, drawn anew each time. */
  delay?: () => number;
  /** The server is asked twice, one after the other; the client gets the second answer. */
  twice?: boolean;
  /** A page with status 502 comes in place of the answer: the server is not asked, or what it says is dropped. */
  page?: "unasked" | "asked";
}

export interface Occasion {
  kind: "request" | "socket";
  isServerDown: boolean;
}

/** Says what goes wrong this time. */
export type Weather = (occasion: Occasion) => Fault;

export const calm: Weather = () => ({});

export interface StormOptions {
  chance: Chance;
  /** Milliseconds for which a broken line is silent at most. */
  longestSilence: number;
  /** Milliseconds by which a piece is late at most. */
  longestDelay: number;
}

/** Something happens to every third request, and every socket breaks sooner or later: some of them in the handshake. */
export function storm({ chance, longestSilence, longestDelay }: StormOptions): Weather {
  const silence = () => (chance.below(3) > 0 ? {} : { silence: chance.below(longestSilence) });
  const delay = () => (chance.below(2) > 0 ? {} : { delay: () => chance.below(longestDelay) });
  const cut = (most: number) => ({ [chance.pick(["toServer", "toClient"])]: chance.below(most) });
  const page = () => ({ page: chance.pick(["unasked", "asked"] as const) });
  const faults = [() => cut(600), () => ({ toClient: 0 }), () => ({ twice: true }), page];
  return ({ kind, isServerDown }) => {
    if (isServerDown) return chance.below(2) > 0 ? page() : {};
    if (kind === "socket") {
      const most = chance.pick([1000, 10_000, 100_000, 100_000]);
      return { ...(chance.below(10) > 0 ? cut(most) : page()), ...silence(), ...delay() };
    }
    return { ...(chance.below(3) > 0 ? {} : chance.pick(faults)()), ...silence(), ...delay() };
  };
}
