/** The public face of reactions: what the server may use. */
export { reactions } from "./feature.ts";
