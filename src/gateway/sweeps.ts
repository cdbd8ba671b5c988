/** What is looked at now and then while sockets are open. */
import type { Clock } from "../core/clock.ts";
import type { Sockets } from "./sockets.ts";

export interface Sweep {
  every: number;
  run(): void;
}

const livenessMilliseconds = 1000;
const backpressureMilliseconds = 100;

/** Looks each second for sockets that do not read, or are dead, and for those that have something to prove. */
export function livenessSweep(sockets: Sockets, clock: Clock): Sweep {
  /** The event loop has turned since the last look: what came has been read. It has not after the machine slept. */
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

/** Looks more often whether all sockets together leave more than `mostBytes` unread; those with most of it are cut. */
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
