import type { Delivery, Fanout } from "./fanout.ts";

/** The fan-out of a single node. */
export function localFanout(): Fanout {
  let apply: (delivery: Delivery) => void = () => {};
  return {
    deliver: (delivery) => apply(delivery),
    connect: (to) => {
      apply = to;
    },
  };
}
