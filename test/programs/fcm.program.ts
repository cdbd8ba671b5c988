/** FCM as the executable calls it: by Google's host names, which lead to this machine in a network of its own. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Builds the executable if need be, while there is a network.
import "../support/executable.ts";

setDefaultTimeout(60_000);

const hosts = "127.0.0.1 localhost oauth2.googleapis.com fcm.googleapis.com\n";
/** The start of a command that runs where the network is its own, and the names in this file count. */
const inside = (file: string) => ["unshare", "--net", "--mount", "sh", "-c", entering, file];
const entering = 'ip link set lo up && mount --bind "$0" /etc/hosts && exec "$@"';

/** What test/programs/push/googles-names.ts prints. */
async function push(...args: string[]): Promise<any> {
  const directory = mkdtempSync(join(tmpdir(), "parley-hosts-"));
  try {
    const file = join(directory, "hosts");
    writeFileSync(file, hosts);
    await run([...inside(file), "true"]).catch((error: Error) => {
      throw new Error(`this takes root, and the programs unshare and ip: ${error.message}`);
    });
    const program = join(import.meta.dir, "push/googles-names.ts");
    return JSON.parse(await run([...inside(file), process.execPath, program, ...args]));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function run(command: string[]): Promise<string> {
  const child = Bun.spawn(command, { stderr: "pipe" });
  const [out, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  if ((await child.exited) !== 0) throw new Error(errors.trim());
  return out;
}

test("a message reaches a phone over oauth2.googleapis.com and fcm.googleapis.com", async () => {
  const { outcome, arrived, tokens } = await push("trusted");
  expect([outcome, tokens]).toEqual(["accepted", 1]);
  expect(arrived).toMatchObject({
    token: "a-phone",
    data: { type: "message", title: "alice", body: "hello", unread_messages: "1" },
    android: { priority: "high" },
  });
});

test("whoever only has Google's names, and no certificate that counts, is sent nothing", async () => {
  const { outcome, detail, tokens } = await push();
  expect([outcome, tokens]).toEqual(["later", 0]);
  expect(detail).toContain("oauth2.googleapis.com cannot be reached");
});
