/** Whoever takes the database, a backup, the files, the logs and the temporary directory finds nothing of what was encrypted. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Conversation, memoryStore, type Session } from "../src/client/sdk/index.ts";
import { sees } from "./support/client.ts";
import { withKeys } from "./support/e2ee/session.ts";
import { Home } from "./support/executable.ts";
import { password } from "./support/server.ts";
import { openBeside } from "./support/written.ts";

setDefaultTimeout(60_000);

const passphrase = "correct horse battery staple of tea";
const secrets = {
  text: "the treasure is under the old oak",
  edited: "no, it is under the young beech",
  deleted: "forget what I said about the beech",
  fileName: "map-of-the-island.txt",
  fileText: "ten steps north of the well",
};

const textsIn = (chat: Conversation) =>
  chat.timeline.value.flatMap((one) => (one.kind === "message" ? [one.message.content] : []));

test("a thief of everything that a server has finds no text, no key and no passphrase", async () => {
  await using home = new Home();
  const temporary = mkdtempSync(join(tmpdir(), "parley-theft-"));
  const server = await home.start({ settings: { TMPDIR: temporary, LOG_LEVEL: "debug" } });
  const people = await Promise.all(["alice", "bob"].map((name) => server.register(name)));
  const stores = people.map(() => memoryStore());
  const made = await Promise.all(people.map((one, i) => withKeys(server.url, one, { store: stores[i]! })));
  const [hers, his] = made.map((one): Session => one.session) as [Session, Session];
  await hers.encryption.setPassphrase({ passphrase, password });
  const id = await people[0]!.directWith(people[1]!);
  const [her, him] = [hers.chat(id), his.chat(id)];
  await Promise.all([her.open(), him.open()]);
  await her.encryption.turnOn(await her.encryption.preview());
  const key = await her.send(secrets.text);
  await sees(() => textsIn(him).includes(secrets.text));
  await her.edit(key, secrets.edited);
  await sees(() => textsIn(him).includes(secrets.edited));
  const gone = await him.send(secrets.deleted);
  await sees(() => textsIn(her).includes(secrets.deleted));
  await him.remove(gone);
  const file = { name: secrets.fileName, blob: new Blob([secrets.fileText]) };
  await her.send("", { files: [file] });
  await sees(() => him.timeline.value.some((one) => one.kind === "message" && one.message.media.length > 0));
  const { local, key: keychainKey } = JSON.parse((await stores[0]!.secret())!).device;
  const privateKeys = [...local.ik, ...local.ek].map((one: { d: string }) => one.d);
  await Promise.all([hers.close(), his.close()]);
  {
    using database = openBeside(home.dataDir);
    database.run("VACUUM INTO ?", [join(temporary, "backup.sqlite")]);
  }
  await server.kill("SIGTERM");

  const stolen = [
    ...bytesUnder(home.directory),
    ...bytesUnder(temporary),
    Buffer.from([...server.log, server.errors].join("\n")),
  ];
  expect(stolen.length).toBeGreaterThan(5);
  const recovery = made.map((one) => one.recoveryKey);
  const words = [
    ...Object.values(secrets),
    passphrase,
    ...recovery,
    ...recovery.map((one) => one.replaceAll("-", "")),
  ];
  for (const one of [...words, ...privateKeys, keychainKey]) {
    for (const form of [one, Buffer.from(one).toString("base64").slice(0, -4)])
      expect({ one, found: stolen.some((bytes) => bytes.includes(form)) }).toEqual({ one, found: false });
  }
  // What is not encrypted is there: the search would find it.
  expect(stolen.some((bytes) => bytes.includes(people[0]!.username))).toBe(true);
  rmSync(temporary, { recursive: true });
});

function bytesUnder(directory: string): Buffer[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true }).flatMap((one) =>
    one.isFile() ? [readFileSync(join(one.parentPath, one.name))] : [],
  );
}
