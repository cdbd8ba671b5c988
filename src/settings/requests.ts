import { integer } from "./kinds.ts";

export const requests = {
  REQUESTS_PER_MINUTE: integer(300, { from: 1, to: 1_000_000 }).describe(
    "API calls and new sockets of one person in a minute. Without a token, calls of one kind from one address.",
  ),
  OTHER_REQUESTS_PER_MINUTE: integer(3000, { from: 1, to: 1_000_000 }).describe(
    "All other requests of one address in a minute: unknown paths, wrong methods, CORS preflights. Many, because an office may share one address.",
  ),
  REFUSAL_MILLISECONDS: integer(250, { from: 0, to: 10_000 }).describe(
    "Milliseconds that a refusal with 429 is held back. Programs that ask again as soon as they have an answer are slowed down by it.",
  ),
  REFUSALS_AT_ONCE: integer(1000, { from: 0, to: 1_000_000 }).describe(
    "Refusals that are held back at the same time; each takes some KB of memory. Further ones are sent at once.",
  ),
  MAX_BODY_BYTES: integer(1_048_576, { from: 1024, to: 67_108_864 }).describe(
    "Largest JSON body of a request, in bytes. No call of the API needs more.",
  ),
  MAX_ANONYMOUS_BODY_BYTES: integer(16_384, { from: 1024, to: 67_108_864 }).describe(
    "The same without an access token. Enough for a registration with the longest password, all of it escaped.",
  ),
  BODY_BYTES_IN_ALL: integer(67_108_864, { from: 1_048_576, to: 17_179_869_184 }).describe(
    "Memory in bytes for all JSON bodies that are being received. When it runs out, the largest of them is refused with 503.",
  ),
  BODY_BYTES_PER_ADDRESS: integer(8_388_608, { from: 1_048_576, to: 17_179_869_184 }).describe(
    "The same for one address, with 429. It leaves room for small bodies while others at that address send large ones slowly.",
  ),
  LONG_BODIES_PER_ADDRESS: integer(16, { from: 1, to: 100_000 }).describe(
    "Requests of one address with more than 16 KB that nobody reads yet or that were just refused; further ones get 429. Up to 1 MB of each is in memory.",
  ),
  LONG_BODIES_IN_ALL: integer(96, { from: 1, to: 100_000 }).describe(
    "The same for all addresses together: at most 96 MB of memory by default.",
  ),
  JSON_DEPTH: integer(32, { from: 8, to: 1000 }).describe(
    "Levels of lists and objects within each other in a body or frame. No call of the API needs more than 3.",
  ),
  JSON_KEYS: integer(1000, { from: 100, to: 1_000_000 }).describe(
    "Keys of all objects in a body or frame. No call of the API has 30.",
  ),
  JSON_MEMBERS: integer(10_000, { from: 1000, to: 10_000_000 }).describe(
    "Commas in a body or frame, one for each further list item or key. Twice as many as the largest group has members.",
  ),
};
