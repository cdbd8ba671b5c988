/** `npm run test:clients`: all clients, or those that are named, as `npm run test:clients -- typescript python`. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

const all = readdirSync(import.meta.dir, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
const names = process.argv.length > 2 ? process.argv.slice(2) : all;
const unknown = names.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`no client is called ${unknown.join(", ")}; there are ${all.join(", ")}`);
  process.exit(2);
}
const files = names.map((name) => join(import.meta.dir, name, `${name}.client.ts`));
const tests = Bun.spawn([process.execPath, "test", "--timeout", "1800000", ...files], {
  stdio: ["inherit", "inherit", "inherit"],
});
process.exit(await tests.exited);
