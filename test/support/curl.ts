/** As much of curl as the README uses, for machines without it: `curl -s URL -H HEADER… [-d BODY]`. */
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    silent: { type: "boolean", short: "s" },
    header: { type: "string", short: "H", multiple: true },
    data: { type: "string", short: "d" },
  },
});
const headers = (values.header ?? []).map((one) => one.split(/: (.*)/).slice(0, 2) as [string, string]);
const init = values.data === undefined ? {} : { method: "POST", body: values.data };
process.stdout.write(await (await fetch(positionals[0]!, { headers, ...init })).text());
