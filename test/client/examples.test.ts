/** The examples of the library's docstrings run, and there is one for each public name. */
import { afterAll, expect, test } from "bun:test";

import * as sdk from "../../src/client/sdk/index.ts";
import type { Session } from "../../src/client/sdk/index.ts";
import * as sqlite from "../../src/client/sdk/store/sqlite.ts";
import { opened, sees, shown } from "../support/client.ts";
import { withKeys } from "../support/e2ee/session.ts";
import { libraryDocument, libraryFile, publicFace } from "../support/library-document.ts";
import { root } from "../support/reference.ts";
import type { Person } from "../support/person.ts";
import { password } from "../support/server.ts";
import { shared } from "../support/shared.ts";

const server = await shared();
const examples = publicFace().flatMap((one) => one.values);

test("the document of the library is that of its sources", async () => {
  expect(await Bun.file(`${root}/${libraryFile}`).text()).toBe(await libraryDocument());
});

test("each public name has words and an example", () => {
  expect(examples.length).toBeGreaterThan(50);
  expect(examples.filter((one) => one.text === "" || one.example === "").map((one) => one.name)).toEqual([]);
});

const [alice, bobby] = await server.people("alice", "bob");
const session = await opened(server.url, alice);
const bob = await opened(server.url, bobby);
const chatId = await bobby.directWith(alice);
afterAll(() => Promise.all([session.close(), bob.close()]));

/** A group of people with keys, which is encrypted unless the example does that; `carol` can be added, or is in it. */
async function encrypted(name: string) {
  const people = await keepers;
  const [ann, ben, carol] = people.map((one) => one.person) as [Person, Person, Person];
  const isPlain = /preview|turnOn/.test(name);
  const isIn = /remove|setRole/.test(name);
  const id = await ann.group("Team", ben, ...(isIn ? [carol] : []));
  const chatOf = ({ session }: { session: Session }) => session.chat(id);
  const [anns, bens] = people.map(chatOf);
  await sees(() => [anns, bens].every((one) => one!.info.value !== undefined));
  if (!isPlain) await anns!.encryption.turnOn(await anns!.encryption.preview());
  return { chat: name.endsWith("leave") ? bens : anns, carol: carol.id };
}

const keepers = Promise.all(
  (await server.people("ann", "ben", "carol")).map(async (person) => ({
    person,
    session: (await withKeys(server.url, person)).session,
  })),
);
afterAll(async () => {
  for (const { session: one } of await keepers) await one.close();
});

test.each(examples.filter((one) => one.example !== "").map((one) => [one.name, one.example] as const))(
  "the example of %s",
  async (name, example) => {
    await Promise.all([session.live(), bob.live()]);
    const { media } = (await bobby.upload([new File(["tea"], "tea.txt")])).body;
    const said = await bobby.say(chatId, `Hello Alice, ${name}`, { media_ids: [media[0].id] });
    const find = () => shown(session, chatId).find((one) => one.message.id === said.id)?.message;
    await sees(() => find() !== undefined);
    const message = find()!;
    const scene = {
      ...sdk,
      ...sqlite,
      server: server.url,
      session,
      bob,
      chat: session.chat(chatId),
      message,
      media: message.media[0],
      password,
      directory: `${server.dataDir}/client`,
      console: { log() {} },
      ...(name.startsWith("ChatEncryption.") && (await encrypted(name))),
    };
    // Each server's alice is called otherwise.
    const code = example.replaceAll('"alice"', JSON.stringify(alice.username));
    const js = new Bun.Transpiler({ loader: "ts" }).transformSync(`async function run() {${code}}`);
    await new Function(...Object.keys(scene), `${js}; return run();`)(...Object.values(scene));
  },
);
