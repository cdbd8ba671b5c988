/** Periodic checks of all open sockets. */
import type { Clock } from "../core/clock.ts";
import type { Sockets } from "./sockets.ts";

export interface Sweep {
  every: number;
  run(): void;
}

const livenessMilliseconds = 1000;
const backpressureMilliseconds = 100;

/** Each second: closes sockets that do not read or are dead, and pings those whose proof is due. */
export function livenessSweep(sockets: Sockets, clock: Clock): Sweep {
  /** The event loop has turned since the last sweep, so what came has been read. After the machine slept it has not. */
  let hasTurned = true;
  return {
    every: livenessMilliseconds,
    run() {
      const now = clock.monotonic();
      for (const one of Array.from(sockets.all())) {
        one.checkSpeed();
        if (!hasTurned) continue;
        one.checkLife();
        one.askForProof(now);
      }
      if (!hasTurned) return;
      hasTurned = false;
      setImmediate(() => {
        hasTurned = true;
      });
    },
  };
}

/** More often: when all sockets together have more than `mostBytes` unread, terminates those with most of it. */
export function backpressureSweep(sockets: Sockets, mostBytes: number): Sweep {
  return {
    every: backpressureMilliseconds,
    run() {
      let unread = 0;
      for (const one of sockets.all()) unread += one.unread;
      if (unread <= mostBytes) return;
      for (const one of Array.from(sockets.all()).sort((a, b) => b.unread - a.unread)) {
        unread -= one.unread;
        one.cut();
        if (unread <= mostBytes) return;
      }
    },
  };
}
