import type { Attack } from "../attack.ts";
import { attackers, crowd } from "../people.ts";

const callers = 10;
const calls = 30;
const people = 1000;

/** A thousand people are called three hundred times, as fast as ten of them may. */
export const allOfThem: Attack[] = [
  {
    name: "at-all",
    prepare: (data) => ({
      chat: data.addGroup([...attackers, ...crowd].slice(0, people), attackers.length - 1),
    }),
    async run(assault) {
      await assault.begin();
      await assault.keepSockets(assault.tokens.slice(0, callers), (socket) =>
        assault.atFrameRate(socket, (n) => assault.message(`@all ${n}`), { most: calls }),
      );
    },
  },
];
