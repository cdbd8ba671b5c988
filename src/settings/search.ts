import { integer } from "./kinds.ts";

export const search = {
  SEARCH_ROWS: integer(100_000, { from: 1, to: 1_000_000_000 }).describe(
    "Messages that one search looks through. The next page (`next_cursor`) goes on from there.",
  ),
  SEARCH_MILLISECONDS: integer(100, { from: 1, to: 60_000 }).describe(
    "Milliseconds that one search may take. Searches take turns, so 20 that use up their time keep the next person waiting for 2 s.",
  ),
  SEARCHES_PER_USER: integer(4, { from: 1, to: 1000 }).describe(
    "Searches of one person, for messages or people, that may wait. Clients search while somebody types, a letter at a time.",
  ),
  SEARCHES_WAITING: integer(500, { from: 1, to: 100_000 }).describe(
    "The same for everybody; each takes some KB of memory. Beyond that searches are refused with 503 and can be tried again.",
  ),
};
