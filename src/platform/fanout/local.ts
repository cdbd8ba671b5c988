import type { Delivery, Fanout } from "./fanout.ts";

/** One node: its own sockets are all there are. */
export function localFanout(): Fanout {
  let apply: (delivery: Delivery) => void = () => {};
  return {
    deliver: (delivery) => apply(delivery),
    connect: (to) => {
      apply = to;
    },
  };
}
