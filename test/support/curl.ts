/** As much of curl as docs/curl.md uses, for machines without it: `curl -s URL -H HEADER… [-d BODY | -F NAME=@FILE] [-o FILE]`. */
import { basename } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    silent: { type: "boolean", short: "s" },
    header: { type: "string", short: "H", multiple: true },
    data: { type: "string", short: "d" },
    form: { type: "string", short: "F" },
    output: { type: "string", short: "o" },
  },
});
const headers = (values.header ?? []).map((one) => one.split(/: (.*)/).slice(0, 2) as [string, string]);
const body = values.form === undefined ? values.data : await formOf(values.form);
const init = body === undefined ? {} : { method: "POST", body };
const answer = await (await fetch(positionals[0]!, { headers, ...init })).bytes();
if (values.output === undefined) process.stdout.write(answer);
else await Bun.write(values.output, answer);

/** Of `NAME=@FILE`. */
async function formOf(given: string): Promise<FormData> {
  const [, name = "", file = ""] = /^(\w+)=@(.*)$/.exec(given) ?? [];
  const form = new FormData();
  form.append(name, new File([await Bun.file(file).arrayBuffer()], basename(file)));
  return form;
}
