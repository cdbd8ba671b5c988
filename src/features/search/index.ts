/** The public face of the search: what the server may use. */
export { search } from "./feature.ts";
