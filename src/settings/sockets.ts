import { integer } from "./kinds.ts";

export const sockets = {
  SOCKETS_PER_USER: integer(10, { from: 1, to: 1000 }).describe(
    "WebSockets of one person, one for each device or browser tab. One more closes the oldest.",
  ),
  HEARTBEAT_SECONDS: integer(30, { from: 8, to: 900 }).describe(
    "Seconds between pings to a client. Below 60, after which common proxies close a quiet connection.",
  ),
  OFFLINE_SECONDS: integer(10, { from: 0, to: 300 }).describe(
    "Seconds without a socket until somebody is shown as offline. A tunnel or a change of network takes less.",
  ),
  MAX_FRAME_BYTES: integer(131_072, { from: 1024, to: 16_777_216 }).describe(
    "Largest frame from a client, in bytes. More than the longest message takes with every character escaped.",
  ),
  MESSAGES_PER_SECOND: integer(20, { from: 1, to: 100_000 }).describe(
    "Frames of one person in a second, and twice as many in a burst. Further ones wait.",
  ),
  INBOUND_FRAMES: integer(1000, { from: 8, to: 100_000 }).describe(
    "Frames of one socket that may wait; beyond that it is closed with 4029. Enough for what a client wrote while it was offline.",
  ),
  INBOUND_BYTES: integer(1_048_576, { from: 1024, to: 1_073_741_824 }).describe(
    "Bytes of one socket's frames that may wait; beyond that, too, it is closed with 4029.",
  ),
  PIPELINED_SENDS: integer(8, { from: 1, to: 1024 }).describe(
    "Messages of one socket that are handled at the same time, so that they share one write to the disk.",
  ),
  SLOW_BYTES: integer(1_048_576, { from: 65_536, to: 1_073_741_824 }).describe(
    "Bytes that a client may leave unread; beyond that its socket is closed with 4008.",
  ),
  SLOW_HARD_BYTES: integer(2_097_152, { from: 65_536, to: 1_073_741_824 }).describe(
    "Unread bytes at which the connection is cut at once, without a close code.",
  ),
  SLOW_BYTES_IN_ALL: integer(33_554_432, { from: 65_536, to: 17_179_869_184 }).describe(
    "Memory in bytes for what all clients together have not read yet. When it runs out, those that have left most unread are cut.",
  ),
  CATCH_UPS_PER_USER: integer(1, { from: 1, to: 1000 }).describe(
    "Sockets of one person that are sent missed events at the same time. Further ones wait.",
  ),
  CATCH_UPS_IN_ALL: integer(4, { from: 1, to: 1000 }).describe(
    "The same for everybody. Further ones wait; people take turns, one page of events each.",
  ),
  CATCH_UP_EVENTS_PER_SECOND: integer(2000, { from: 10, to: 1_000_000 }).describe(
    "Missed events sent to one person in a second, and ten times as many at once. It slows down clients that ask for everything again and again.",
  ),
};
