/** The public face of notifications: what the server may use. */
export { notifications } from "./feature.ts";
