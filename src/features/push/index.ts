/** The public face of push: what other features and the server may use. */
export { channelsOn } from "./channels.ts";
export { push } from "./feature.ts";
