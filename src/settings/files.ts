import { integer, oneOf } from "./kinds.ts";

export const files = {
  MAX_IMAGE_BYTES: integer(104_857_600, { from: 1024, to: 1_073_741_824 }).describe(
    "Largest image, in bytes. Enough for photos of 200 megapixels and for live photos with their film.",
  ),
  MAX_VIDEO_BYTES: integer(209_715_200, { from: 1024, to: 10_737_418_240 }).describe(
    "Largest video, in bytes: some minutes. Encrypted files may be videos, so the same holds for them.",
  ),
  MAX_AUDIO_BYTES: integer(52_428_800, { from: 1024, to: 10_737_418_240 }).describe(
    "Largest sound file, in bytes: an hour of music.",
  ),
  MAX_DOCUMENT_BYTES: integer(52_428_800, { from: 1024, to: 10_737_418_240 }).describe(
    "Largest document, text or archive, in bytes: a long PDF with pictures.",
  ),
  FILE_TYPES: oneOf(["any", "known"], "any").describe(
    "Whether files of unknown type are taken: with any they are, as documents to be saved; with known they are refused.",
  ),
  PROGRAMS: oneOf(["refuse", "allow"], "refuse").describe(
    "Whether files are taken that a click starts or installs. Refused, because with a stolen account they reach everybody.",
  ),
  FILE_METADATA: oneOf(["strip", "keep"], "strip").describe(
    "With strip, location and camera data are taken out of photos, films and sounds before others get them. With keep, files stay as they were sent.",
  ),
  USER_QUOTA_MB: integer(10_240, { from: 0, to: 1_073_741_824 }).describe(
    "Size of all files of one person, in MB, so that nobody alone fills the disk. 0 is no limit.",
  ),
  SERVER_QUOTA_MB: integer(0, { from: 0, to: 1_073_741_824 }).describe(
    "Size of all files on the server, in MB. 0 is as much as the disk holds.",
  ),
  DISK_RESERVE_MB: integer(256, { from: 0, to: 1_073_741_824 }).describe(
    "Space on the disk, in MB, that files leave free, so that messages can still be written.",
  ),
  UPLOADS_PER_USER: integer(4, { from: 1, to: 1000 }).describe(
    "Uploads of one person at the same time. Further ones are refused with 429.",
  ),
  FILES_PER_MINUTE: integer(1200, { from: 1, to: 1_000_000 }).describe(
    "Files, thumbnails and avatars that one person fetches in a minute. Enough to open a chat with 240 photos twice and to seek in films.",
  ),
  INSPECTION_SECONDS: integer(10, { from: 1, to: 600 }).describe(
    "Seconds after which the server gives up looking into a file. Most take a tenth of a second.",
  ),
  INSPECTION_FIRST_SECONDS: integer(1, { from: 1, to: 600 }).describe(
    "Seconds for a first look into a file. One that takes longer is looked into again, after files of people whose files have taken less time.",
  ),
  INSPECTION_MB: integer(512, { from: 64, to: 65_536 }).describe(
    "Memory in MB of the process that looks into files. When it takes more, it is ended and started anew.",
  ),
  MEDIA_WAIT_SECONDS: integer(10, { from: 0, to: 60 }).describe(
    "Seconds that a request waits for a file that is still being looked into: as long as that may take. With 0 none waits.",
  ),
  MEDIA_WAITS_PER_USER: integer(2, { from: 1, to: 1000 }).describe(
    "Such requests of one person at the same time. Few, because browsers open only six connections, and the chat needs some of them.",
  ),
};
