import { directory, integer } from "./kinds.ts";

export const storage = {
  DATA_DIR: directory("./storage").describe(
    "Directory that holds the database, the files and the secret key: everything worth a backup.",
  ),
  JOURNAL_DAYS: integer(30, { from: 1, to: 3650 }).describe(
    "Days for which events and read notifications are kept. A device that was offline for longer has to load everything anew.",
  ),
  CHECKPOINT_MB: integer(16, { from: 1, to: 1024 }).describe(
    "Size in MB at which the write-ahead log is copied into the database file. With a larger one this happens less often and takes longer.",
  ),
};
