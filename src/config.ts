import { isIP } from "node:net";
import { resolve } from "node:path";

import { logLevels } from "./core/log.ts";

/** A value that stops the start; its message is one sentence that names the variable. */
export class ConfigError extends Error {}

interface Setting<T> {
  name: string;
  fallback: string;
  reason: string;
  parse(text: string): T;
}

/** Every setting: environment variable, default, and why the default is what it is. */
export const settings = {
  secretKey: text(
    "SECRET_KEY",
    "",
    "at least 32 bytes, made once in DATA_DIR/secret.key when empty; another one signs everybody out",
  ),
  host: text("HOST", "0.0.0.0", "reachable from outside, as a server should be"),
  port: integer("PORT", 8000, 0, 65_535, "0 takes any free port"),
  publicUrl: url("PUBLIC_URL", "", "the address people use, when a proxy stands in front"),
  dataDir: directory("DATA_DIR", "./storage", "everything worth a backup is below it"),
  registration: choice("REGISTRATION", ["open", "closed"], "a team signs itself up, then closes the door"),
  corsOrigins: origins("CORS_ORIGINS", "", "web pages of other origins that may call, comma-separated"),
  trustedProxies: networks(
    "TRUSTED_PROXIES",
    "",
    "whose X-Forwarded-For and -Proto are believed, comma-separated",
  ),
  redisUrl: text("REDIS_URL", "", "read, and without use while one machine serves"),
  logLevel: choice("LOG_LEVEL", ["info", ...logLevels], "one line per request, none per message"),
  rateLimits: choice("RATE_LIMITS", ["on", "off"], "off is for load tests only"),

  accessTokenSeconds: integer("ACCESS_TOKEN_SECONDS", 900, 10, 86_400, "short: a leaked one dies soon"),
  refreshTokenDays: integer("REFRESH_TOKEN_DAYS", 30, 1, 365, "a phone left in a drawer over a holiday"),
  passwordMemoryKib: integer("PASSWORD_MEMORY_KIB", 65_536, 19_456, 1_048_576, "OWASP's least is 19456"),
  passwordIterations: integer("PASSWORD_ITERATIONS", 3, 2, 20, "about 140 ms a hash with the default memory"),
  passwordConcurrency: integer("PASSWORD_CONCURRENCY", 2, 1, 64, "each one holds PASSWORD_MEMORY_KIB"),
  passwordQueue: integer("PASSWORD_QUEUE", 50, 1, 10_000, "beyond it logins are told to come back"),
  passwordsPerAddress: integer(
    "PASSWORDS_PER_ADDRESS",
    30,
    1,
    10_000,
    "under way and waiting at once from one address: an office that comes in at nine",
  ),
  passwordsPerNetwork: integer(
    "PASSWORDS_PER_NETWORK",
    40,
    1,
    10_000,
    "the same from one network (IPv4 /24, IPv6 /48): the other places are for everybody else",
  ),

  maxBodyBytes: integer("MAX_BODY_BYTES", 1_048_576, 1024, 67_108_864, "JSON only; no call needs more"),
  maxAnonymousBodyBytes: integer(
    "MAX_ANONYMOUS_BODY_BYTES",
    16_384,
    1024,
    67_108_864,
    "the same without an access token: a registration with the longest password, escaped",
  ),
  bodyBytesInAll: integer(
    "BODY_BYTES_IN_ALL",
    67_108_864,
    1_048_576,
    17_179_869_184,
    "of the JSON that is being read at once; beyond it the largest is given up, with 503",
  ),
  bodyBytesPerAddress: integer(
    "BODY_BYTES_PER_ADDRESS",
    8_388_608,
    1_048_576,
    17_179_869_184,
    "the same from one address, with 429: small bodies are there at once, whatever others there send slowly",
  ),
  longBodiesPerAddress: integer(
    "LONG_BODIES_PER_ADDRESS",
    16,
    1,
    100_000,
    "requests with more than 16 KiB that nobody reads yet, or that were just refused: up to a megabyte of each has come",
  ),
  longBodiesInAll: integer(
    "LONG_BODIES_IN_ALL",
    96,
    1,
    100_000,
    "such requests from all addresses; 429 beyond",
  ),
  jsonDepth: integer(
    "JSON_DEPTH",
    32,
    8,
    1000,
    "lists and objects in each other, in a body or frame: no call has 4",
  ),
  jsonKeys: integer("JSON_KEYS", 1000, 100, 1_000_000, "of all objects in a body or frame: no call has 30"),
  jsonMembers: integer(
    "JSON_MEMBERS",
    10_000,
    1000,
    10_000_000,
    "commas in a body or frame: twice the ids of the largest group",
  ),
  maxImageBytes: integer(
    "MAX_IMAGE_BYTES",
    104_857_600,
    1024,
    1_073_741_824,
    "100 MB: photos of 200 megapixels, and films of live photos with them",
  ),
  maxVideoBytes: integer(
    "MAX_VIDEO_BYTES",
    209_715_200,
    1024,
    10_737_418_240,
    "200 MB: minutes of film; what is encrypted may be one, too",
  ),
  maxAudioBytes: integer("MAX_AUDIO_BYTES", 52_428_800, 1024, 10_737_418_240, "50 MB: an hour of music"),
  maxDocumentBytes: integer(
    "MAX_DOCUMENT_BYTES",
    52_428_800,
    1024,
    10_737_418_240,
    "50 MB: a thick PDF; text and archives, too",
  ),
  userQuotaMegabytes: integer(
    "USER_QUOTA_MB",
    10_240,
    0,
    1_073_741_824,
    "of somebody's files in all, so that nobody alone fills the disk; 0 is none",
  ),
  serverQuotaMegabytes: integer(
    "SERVER_QUOTA_MB",
    0,
    0,
    1_073_741_824,
    "of all files; 0 is as much as the disk has",
  ),
  diskReserveMegabytes: integer(
    "DISK_RESERVE_MB",
    256,
    0,
    1_073_741_824,
    "what files leave free of the disk, so that messages can still be written",
  ),
  uploadsPerUser: integer("UPLOADS_PER_USER", 4, 1, 1000, "at a time; further ones are told to come back"),
  inspectionSeconds: integer("INSPECTION_SECONDS", 10, 1, 600, "how long one file may be looked at"),
  inspectionFirstSeconds: integer(
    "INSPECTION_FIRST_SECONDS",
    1,
    1,
    600,
    "how long a file may be looked at before those of people who cost less: most take a tenth of a second",
  ),
  inspectionMegabytes: integer(
    "INSPECTION_MB",
    512,
    64,
    65_536,
    "memory of the process that looks into files, which is ended beyond it",
  ),
  fileMetadata: choice(
    "FILE_METADATA",
    ["strip", "keep"],
    "strip takes location and camera data out of what others get; keep leaves every file as it was sent",
  ),
  fileTypes: choice(
    "FILE_TYPES",
    ["any", "known"],
    "any takes what nobody knows as a document to be saved; known refuses it",
  ),
  programs: choice(
    "PROGRAMS",
    ["refuse", "allow"],
    "what somebody starts or installs by a click: a stolen account sends it to everybody",
  ),
  mediaWaitSeconds: integer(
    "MEDIA_WAIT_SECONDS",
    10,
    0,
    60,
    "others wait for a file that is being looked at: as long as that may take",
  ),
  mediaWaitsPerUser: integer(
    "MEDIA_WAITS_PER_USER",
    2,
    1,
    1000,
    "such requests of one person; browsers have six connections, and the others are for the chat",
  ),
  maxFrameBytes: integer("MAX_FRAME_BYTES", 131_072, 1024, 16_777_216, "twice the largest message, escaped"),
  maxContentBytes: integer("MAX_CONTENT_BYTES", 16_384, 1, 1_048_576, "four pages of text"),
  maxGroupMembers: integer("MAX_GROUP_MEMBERS", 5000, 2, 1_000_000, "one message is a frame for each"),
  maxMentions: integer("MAX_MENTIONS", 50, 1, 1000, "people named in one message; more is a call to all"),
  mentionNames: integer(
    "MENTION_NAMES",
    200,
    1,
    10_000,
    "names behind an @ in one message that are looked up, each in up to eight readings; what follows is text",
  ),
  mentionsAllPerHour: integer(
    "MENTIONS_ALL_PER_HOUR",
    10,
    1,
    1_000_000,
    "calls to all in one chat: each is a notification for every member",
  ),
  mentionsAllFreeMembers: integer(
    "MENTIONS_ALL_FREE_MEMBERS",
    50,
    0,
    1_000_000,
    "with no more members `@all` is not counted: as many may be named one by one",
  ),
  largeChat: integer(
    "LARGE_CHAT_MEMBERS",
    200,
    1,
    1_000_000,
    "with more members, receipts, presence and typing go only to those who look: everybody's to everybody is N² frames",
  ),
  largeChatDeliveries: integer(
    "LARGE_CHAT_DELIVERIES_PER_SECOND",
    20_000,
    100,
    100_000_000,
    "what a chat above LARGE_CHAT_MEMBERS is told, times its members: twenty messages a second to 1,000; more waits",
  ),
  membershipsPerHour: integer(
    "MEMBERSHIPS_PER_HOUR",
    200,
    1,
    1_000_000,
    "people whom somebody puts into chats: a company's new group, not strangers by the thousand",
  ),
  sameMembershipPerDay: integer(
    "SAME_MEMBERSHIP_PER_DAY",
    3,
    1,
    1_000_000,
    "how often the same person is put into the same group: they are told each time",
  ),
  offlineSeconds: integer(
    "OFFLINE_SECONDS",
    10,
    0,
    300,
    "without a socket until offline: a tunnel, a change of network",
  ),
  sessionsPerUser: integer(
    "SESSIONS_PER_USER",
    100,
    1,
    10_000,
    "phones, laptops, scripts that sign in each hour; one more ends the one unused for longest",
  ),
  addressesPerUser: integer(
    "ADDRESSES_PER_USER",
    50,
    1,
    1000,
    "addresses at which nobody's wrong passwords keep somebody out; one more forgets the one unused for longest",
  ),
  addressDays: integer("ADDRESS_DAYS", 90, 1, 3650, "without a sign of them: a holiday home, a term away"),
  socketsPerUser: integer("SOCKETS_PER_USER", 10, 1, 1000, "devices and tabs; one more closes the oldest"),
  devicesPerUser: integer("DEVICES_PER_USER", 20, 1, 1000, "device tokens; one more forgets the oldest"),
  messagesPerSecond: integer(
    "MESSAGES_PER_SECOND",
    20,
    1,
    100_000,
    "a user's frames; twice that in a burst, and what is over it waits",
  ),
  requestsPerMinute: integer(
    "REQUESTS_PER_MINUTE",
    300,
    1,
    1_000_000,
    "REST calls and new sockets of a user or an address",
  ),
  otherRequestsPerMinute: integer(
    "OTHER_REQUESTS_PER_MINUTE",
    3000,
    1,
    1_000_000,
    "of an address: paths that are none, wrong methods, what browsers ask before a call; an office shares one",
  ),
  refusalMilliseconds: integer(
    "REFUSAL_MILLISECONDS",
    250,
    0,
    10_000,
    "until a request is refused with 429: whoever waits for the answer asks only so often",
  ),
  refusalsAtOnce: integer(
    "REFUSALS_AT_ONCE",
    1000,
    0,
    1_000_000,
    "that wait so long at a time: some KiB each; further ones are refused at once",
  ),
  logPathCharacters: integer(
    "LOG_PATH_CHARACTERS",
    200,
    20,
    16_384,
    "of a request's path; no call's path is as long",
  ),
  logRefusalsPerMinute: integer(
    "LOG_REFUSALS_PER_MINUTE",
    20,
    1,
    1_000_000,
    "lines for requests of an address that are refused with 429; the others are only counted",
  ),
  filesPerMinute: integer(
    "FILES_PER_MINUTE",
    1200,
    1,
    1_000_000,
    "files, thumbnails and pictures of people that a user fetches: a chat with 240 photos, opened twice, and films sought in",
  ),
  searchRows: integer(
    "SEARCH_ROWS",
    100_000,
    1,
    1_000_000_000,
    "messages that one search looks into; what is behind them, next_cursor goes on with",
  ),
  searchMilliseconds: integer(
    "SEARCH_MILLISECONDS",
    100,
    1,
    60_000,
    "that one search works: all share a thread, and 20 that take so long are 2 s for the next person",
  ),
  searchesPerUser: integer(
    "SEARCHES_PER_USER",
    4,
    1,
    1000,
    "that wait for one's turn, of messages and of people: words are typed a letter at a time",
  ),
  searchesWaiting: integer(
    "SEARCHES_WAITING",
    500,
    1,
    100_000,
    "the same of all people: some KiB each; more are told to come back",
  ),
  registrationsPerHour: integer(
    "REGISTRATIONS_PER_HOUR",
    20,
    1,
    1_000_000,
    "an office shares one address; ten times that for a network",
  ),
  loginsPerMinute: integer(
    "LOGINS_PER_MINUTE",
    5,
    1,
    1_000_000,
    "password attempts per account name and address; ten times that for either alone, a hundred times for a network",
  ),
  emailChangesPerDay: integer(
    "EMAIL_CHANGES_PER_DAY",
    5,
    1,
    1_000_000,
    "of one person, taken or not: each answer tells whether somebody has the address",
  ),
  inboundFrames: integer(
    "INBOUND_FRAMES",
    1000,
    8,
    100_000,
    "frames of a socket that wait for their turn: an outbox",
  ),
  inboundBytes: integer("INBOUND_BYTES", 1_048_576, 1024, 1_073_741_824, "the same in bytes; 4029 beyond"),
  catchUpsPerUser: integer(
    "CATCH_UPS_PER_USER",
    1,
    1,
    1000,
    "sockets of a user for which events that they missed are read at a time; further ones wait",
  ),
  catchUpsInAll: integer(
    "CATCH_UPS_IN_ALL",
    4,
    1,
    1000,
    "the same of everybody, who take turns, a page at a time",
  ),
  catchUpEvents: integer(
    "CATCH_UP_EVENTS_PER_SECOND",
    2000,
    10,
    1_000_000,
    "events that a user is sent again, ten seconds' worth at once: whoever resumes from nothing over and over waits",
  ),
  pipelinedSends: integer("PIPELINED_SENDS", 8, 1, 1024, "sends of a socket that share one commit"),
  slowBytes: integer("SLOW_BYTES", 1_048_576, 65_536, 1_073_741_824, "unread by a socket: closed with 4008"),
  slowHardBytes: integer("SLOW_HARD_BYTES", 2_097_152, 65_536, 1_073_741_824, "cut at once beyond this"),
  slowBytesInAll: integer(
    "SLOW_BYTES_IN_ALL",
    33_554_432,
    65_536,
    17_179_869_184,
    "unread by all sockets together: those that have left most unread are cut",
  ),
  heartbeatSeconds: integer("HEARTBEAT_SECONDS", 30, 8, 900, "below the idle limit of common proxies"),
  journalDays: integer(
    "JOURNAL_DAYS",
    30,
    1,
    3650,
    "how long a device may be away and still resume; what was read of notifications goes, too",
  ),
  checkpointMegabytes: integer(
    "CHECKPOINT_MB",
    16,
    1,
    1024,
    "size of the write-ahead log at which it is emptied",
  ),
} satisfies Record<string, Setting<unknown>>;

export type Config = { [K in keyof typeof settings]: ReturnType<(typeof settings)[K]["parse"]> };

/** Reads every setting from `env`. Errors: ConfigError for the first bad one. */
export function loadConfig(env: Environment = process.env): Config {
  return loadSettings(Object.keys(settings) as (keyof Config)[], env);
}

/** The same for some of them; what the others are makes no difference. */
export function loadSettings<K extends keyof Config>(
  keys: readonly K[],
  env: Environment = process.env,
): Pick<Config, K> {
  const config: Record<string, unknown> = {};
  for (const key of keys) {
    const { name, fallback, parse } = settings[key];
    config[key] = parse(env[name]?.trim() || fallback);
  }
  return config as Pick<Config, K>;
}

type Environment = Record<string, string | undefined>;

function bad(name: string, wanted: string, given: string): ConfigError {
  return new ConfigError(`${name} must be ${wanted}, but is ${JSON.stringify(given)}.`);
}

function text(name: string, fallback: string, reason: string): Setting<string> {
  return { name, fallback, reason, parse: (given) => given };
}

function directory(name: string, fallback: string, reason: string): Setting<string> {
  return { name, fallback, reason, parse: (given) => resolve(given) };
}

function integer(name: string, fallback: number, min: number, max: number, reason: string): Setting<number> {
  return {
    name,
    fallback: String(fallback),
    reason,
    parse(given) {
      const value = Number(given);
      if (/^\d+$/.test(given) && value >= min && value <= max) return value;
      throw bad(name, `a whole number from ${min} to ${max}`, given);
    },
  };
}

function choice<const T extends string>(
  name: string,
  values: readonly [T, ...T[]],
  reason: string,
): Setting<T> {
  return {
    name,
    fallback: values[0],
    reason,
    parse(given) {
      const value = values.find((one) => one === given);
      if (value !== undefined) return value;
      throw bad(name, `one of ${[...new Set(values)].join(", ")}`, given);
    },
  };
}

function list(name: string, fallback: string, reason: string): Setting<string[]> {
  return {
    name,
    fallback,
    reason,
    parse: (given) =>
      given
        .split(",")
        .map((one) => one.trim())
        .filter(Boolean),
  };
}

function url(name: string, fallback: string, reason: string): Setting<string> {
  return {
    name,
    fallback,
    reason,
    parse(given) {
      if (given === "" || isWeb(given)) return given.replace(/\/+$/, "");
      throw bad(name, "an http or https address", given);
    },
  };
}

function origins(name: string, fallback: string, reason: string): Setting<string[]> {
  const plain = list(name, fallback, reason);
  return {
    ...plain,
    parse(given) {
      const values = plain.parse(given);
      const wrong = values.find((one) => !isWeb(one) || new URL(one).origin !== one);
      if (wrong === undefined) return values;
      throw bad(name, "a list of origins such as https://chat.example.org", wrong);
    },
  };
}

function networks(name: string, fallback: string, reason: string): Setting<string[]> {
  const plain = list(name, fallback, reason);
  return {
    ...plain,
    parse(given) {
      const values = plain.parse(given);
      const wrong = values.find((one) => !isNetwork(one));
      if (wrong === undefined) return values;
      throw bad(name, "a list of addresses and networks such as 127.0.0.1 or 10.0.0.0/8", wrong);
    },
  };
}

function isNetwork(given: string): boolean {
  const [address = "", bits, ...rest] = given.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function isWeb(given: string): boolean {
  return URL.canParse(given) && /^https?:$/.test(new URL(given).protocol);
}
