/** The public face of people: what the server may use. */
export { people } from "./feature.ts";
export { findSeen } from "./users/seen.ts";
