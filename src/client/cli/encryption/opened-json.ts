import type { OpenedMessage } from "../../sdk/index.ts";

/** What stands beside an encrypted message in `--json`; what the server sent stays as it is. */
export function openedJson({ message, encryption }: OpenedMessage) {
  const { content, mentions, media } = message;
  return {
    state: encryption?.state ?? "opening",
    content,
    mentions,
    media,
    problems: encryption?.problems ?? [],
  };
}
