import { describeError } from "../../core/log.ts";
import type { Feature } from "../../feature.ts";
import { uploadRoutes } from "./api.ts";
import { fileProcessed } from "./events.ts";
import { uploadExpiry } from "./orphans/expiry.ts";
import { orphanRemoval } from "./orphans/removal.ts";
import { processing } from "./processing/processing.ts";

/** What people send and what is known of it. What it is attached to is for those who attach it. */
export const files: Feature = {
  name: "files",
  offers: ["media"],
  routes: uploadRoutes,
  events: [fileProcessed],
  jobs: (kit) => [orphanRemoval(kit), uploadExpiry(kit), processing(kit)],
  /** Finds out whether files can be looked into here, which `/health` tells from then on. */
  async warmUp({ inspector, log }) {
    const { filmDecoder } = inspector;
    if (filmDecoder === "ffmpeg") log.info("no built-in decoders: ffmpeg decodes films, sounds and HEIC");
    if (filmDecoder === "none") {
      log.warn("no built-in decoders and no ffmpeg: films and HEIC have no thumbnails, sounds no waveforms");
    }
    await inspector.start().catch((error: unknown) => {
      log.error("files cannot be processed", describeError(error));
    });
    if (inspector.codec?.reason) log.warn("pictures are read without sharp", { ...inspector.codec });
  },
  health({ inspector }) {
    const images = inspector.codec?.images;
    return {
      ...(images && { images: images === "sharp" ? "ok" : "fallback" }),
      films: inspector.filmDecoder,
    };
  },
};
