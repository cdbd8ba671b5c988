/** The public face of the system: what the server may use. */
export { system } from "./feature.ts";
