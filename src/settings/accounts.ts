import { integer, oneOf, text } from "./kinds.ts";

export const accounts = {
  REGISTRATION: oneOf(["open", "closed"], "open").describe(
    "Who may make an account: with open anybody, so that a team can sign itself up; with closed only the operator, by `parley user add`.",
  ),
  SECRET_KEY: text("").describe(
    "Key that signs tokens, at least 32 random bytes. When empty, one is made at the first start and kept in `DATA_DIR/secret.key`. A different key signs everybody out.",
  ),
  ACCESS_TOKEN_SECONDS: integer(900, { from: 10, to: 86_400 }).describe(
    "Seconds for which an access token is valid. Short (15 minutes), so that a leaked one is soon worthless; clients exchange theirs in time.",
  ),
  REFRESH_TOKEN_DAYS: integer(30, { from: 1, to: 365 }).describe(
    "Days without use after which a session ends. Long enough for a phone that stays in a drawer over a holiday.",
  ),
  SESSIONS_PER_USER: integer(100, { from: 1, to: 10_000 }).describe(
    "Sessions of one person; one more ends the one unused for longest. Enough for all devices and for scripts that sign in each hour.",
  ),
  PASSWORD_MEMORY_KIB: integer(65_536, { from: 19_456, to: 1_048_576 }).describe(
    "Memory in KB that hashing a password with Argon2id takes. OWASP recommends at least 19456; more makes guessing more expensive.",
  ),
  PASSWORD_ITERATIONS: integer(3, { from: 2, to: 20 }).describe(
    "Passes over that memory for each hash. With the default memory three take about 140 ms.",
  ),
  PASSWORD_CONCURRENCY: integer(2, { from: 1, to: 64 }).describe(
    "Passwords that are hashed at the same time. Each takes PASSWORD_MEMORY_KIB of memory.",
  ),
  PASSWORD_QUEUE: integer(50, { from: 1, to: 10_000 }).describe(
    "Passwords that may wait to be hashed. Beyond that sign-ins are refused with 503 and can be tried again.",
  ),
  PASSWORDS_PER_ADDRESS: integer(30, { from: 1, to: 10_000 }).describe(
    "Passwords from one address that are being hashed or wait. Enough for an office that signs in at nine.",
  ),
  PASSWORDS_PER_NETWORK: integer(40, { from: 1, to: 10_000 }).describe(
    "The same for one network (IPv4 /24, IPv6 /48). Less than PASSWORD_QUEUE, so that room is left for everybody else.",
  ),
  LOGINS_PER_MINUTE: integer(5, { from: 1, to: 1_000_000 }).describe(
    "Password attempts a minute for one name from one address. Ten times as many are allowed for a name or an address in all, a hundred times for a network.",
  ),
  REGISTRATIONS_PER_HOUR: integer(20, { from: 1, to: 1_000_000 }).describe(
    "Accounts made an hour from one address, which a whole office may share. Ten times as many from one network.",
  ),
  EMAIL_CHANGES_PER_DAY: integer(5, { from: 1, to: 1_000_000 }).describe(
    "Attempts of one person to change their e-mail address in a day. Few, because each answer tells whether an address has an account.",
  ),
  ADDRESSES_PER_USER: integer(50, { from: 1, to: 1000 }).describe(
    "IP addresses remembered of one person, who can sign in there however many wrong passwords others try. One more forgets the one unused for longest.",
  ),
  ADDRESS_DAYS: integer(90, { from: 1, to: 3650 }).describe(
    "Days without use after which such an address is forgotten. Long enough for a holiday home or a term away.",
  ),
};
