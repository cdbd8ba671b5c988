/** A server's part in looking into a file, to be killed in the middle of it: `inspecting CACHE FILE TO`. */
import { inspectCommand, ProcessInspector } from "../../src/platform/inspector/process.ts";
import { noDecoders } from "./decoders.ts";

const [cache = "", file = "", to = ""] = process.argv.slice(2);
const limits = { milliseconds: 600_000, bytes: 2 ** 40 };
const inspector = new ProcessInspector({ command: inspectCommand(cache, noDecoders), limits });
await inspector.start();
void inspector.inspect({ file, type: "image/jpeg", picture: { file: to, side: 320, square: false } });
console.log("begun");
