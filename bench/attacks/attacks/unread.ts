import type { Attack } from "../attack.ts";
import { attackers } from "../people.ts";

const socketsOfEach = 10;
const writers = 2;
/** Of the long ones as many as may wait on a socket. */
const atOnce = 8;

/** As long as a message may be; control characters are six times as long where they are told of. */
const texts: Record<string, string> = {
  "unread-plain": "a".repeat(16_380),
  "unread-escaped": `a${"\u0001".repeat(16_379)}`,
};

/** Two hundred sockets of twenty accounts never read what two of them write. */
export const unread: Attack[] = Object.entries(texts).map(([name, text]) => ({
  name,
  seconds: 8,
  prepare: (data) => ({ chat: data.addGroup(attackers) }),
  async run(assault) {
    const unreading = assault.tokens.flatMap((token, i) =>
      Array.from({ length: i < writers ? socketsOfEach - 1 : socketsOfEach }, () => token),
    );
    await assault.keepSockets(unreading, (socket) => socket.stopReading());
    await assault.begin();
    await assault.keepSockets(assault.tokens.slice(0, writers), (socket) =>
      assault.atFrameRate(socket, () => assault.message(text), { atOnce }),
    );
  },
}));
