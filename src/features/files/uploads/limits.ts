import type { Kit } from "../../../kit.ts";
import { filesPerMessage, type MediaType } from "../schema.ts";

type Settings = Kit["settings"];

/** Names, types and boundaries between files. */
const aroundFiles = 1024 * 1024;

/** The largest file of a kind, in bytes. What is encrypted may be a video. */
export function mostBytes(settings: Settings, kind: MediaType): number {
  const byKind = {
    image: settings.maxImageBytes,
    video: settings.maxVideoBytes,
    audio: settings.maxAudioBytes,
    document: settings.maxDocumentBytes,
    other: settings.maxVideoBytes,
  };
  return byKind[kind];
}

/** The largest file of any kind. */
export function mostBytesOfAny(settings: Settings): number {
  const kinds: MediaType[] = ["image", "video", "audio", "document"];
  return Math.max(...kinds.map((kind) => mostBytes(settings, kind)));
}

/** A form with as many files as it may have, each as large as it may be. */
export function maxFormBytes(settings: Settings): number {
  return filesPerMessage * mostBytesOfAny(settings) + aroundFiles;
}
