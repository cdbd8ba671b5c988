import type { Endpoint } from "../fcm/connection.ts";
import { type Resolve, resolveBySystem } from "../web-push/addresses.ts";

/** What the checks reach out with; tests put servers of their own machine in place of others. */
export interface DoctorNetwork {
  resolve: Resolve;
  /** What is called instead of a host; undefined for the host itself. */
  inPlaceOf(host: string): Endpoint | undefined;
}

export const realNetwork: DoctorNetwork = {
  resolve: resolveBySystem,
  inPlaceOf: () => undefined,
};
