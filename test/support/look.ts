/** What a test compiles: `look CACHE FILE TO` opens the images and says how that went. */
import { readFileSync } from "node:fs";

import { openImages } from "../../src/platform/inspector/image.ts";

const isLoaded = () => readFileSync("/proc/self/maps", "utf8").includes("libvips");

const [cache = "", file = "", to = ""] = process.argv.slice(2);
const early = isLoaded();
const { codec, reason, thumbnail } = await openImages(cache);
const size = await thumbnail(file, to, 48);
console.log(JSON.stringify({ codec, reason, size, early, late: isLoaded() }));
