import { logLevels } from "../core/log.ts";
import { integer, oneOf } from "./kinds.ts";

export const log = {
  LOG_LEVEL: oneOf(logLevels, "info").describe(
    "Least level that is written. At info there is one line for each request and none for messages over WebSockets.",
  ),
  LOG_PATH_CHARACTERS: integer(200, { from: 20, to: 16_384 }).describe(
    "Characters of a request's path that are written; the rest is cut off. No path of the API is as long.",
  ),
  LOG_REFUSALS_PER_MINUTE: integer(20, { from: 1, to: 1_000_000 }).describe(
    "Lines a minute for requests of one address that were refused with 429. The others are only counted, so that nobody fills the disk with them.",
  ),
};
