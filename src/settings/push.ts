import { hosts, integer, text } from "./kinds.ts";

export const push = {
  FIREBASE_CREDENTIALS_PATH: text("").describe(
    "File with the key of a Google service account, as the Firebase console hands it out: push to Android and iOS apps by FCM. None by default, and then that is off.",
  ),
  FIREBASE_CREDENTIALS_JSON: text("").describe(
    "The same key itself, where a file is unhandy. Only one of the two.",
  ),
  PUSH_CONTACT: text("").describe(
    "Where push services of browsers may write to if something is wrong: mailto:you@example.org or an https address. When empty, PUBLIC_URL if it is https. Apple takes no push without one.",
  ),
  PUSH_ALLOWED_HOSTS: hosts().describe(
    "Hosts of push services on private addresses, such as an ntfy of your own, separated by commas. All others have to be public, because people choose these addresses. Every port of these hosts may be called: people can find out by a test which of them answer.",
  ),
  PUSH_QUEUE: integer(50_000, { from: 1, to: 10_000_000 }).describe(
    "Pushes that may wait, each of some 100 bytes; beyond that the oldest are dropped. Enough for ten chats with 5000 phones while a push service is down.",
  ),
  PUSH_REGISTRATIONS_PER_HOUR: integer(60, { from: 1, to: 1_000_000 }).describe(
    "New phones and browsers of one person in an hour; those that are known already do not count. Each may hold up a push for ten seconds if its service hangs.",
  ),
  PUSH_TESTS_PER_HOUR: integer(20, { from: 1, to: 1_000_000 }).describe(
    "Times that one person may try push on all their devices in an hour. Each calls every push service of theirs.",
  ),
  DEVICES_PER_USER: integer(20, { from: 1, to: 1000 }).describe(
    "Phones and browsers of one person that are pushed to. One more forgets the oldest.",
  ),
};
