/** The TypeScript of docs/clients.md, pasted together, is a client that works. */
import { setDefaultTimeout, test } from "bun:test";

import { Device, programIn } from "./support/guide.ts";
import { guideWorks } from "./support/guide-works.ts";
import { TestServer } from "./support/server.ts";

setDefaultTimeout(120_000);

const program = [process.execPath, programIn("ts")];

await guideWorks(program);

test.concurrent("a line that dies without a word is noticed", async () => {
  await using server = await TestServer.start({ config: { heartbeatSeconds: 1 } });
  const [alice, bob] = await server.people("alice", "bob");
  const chat = await alice.directWith(bob);
  await using his = await Device.of(server, program, bob.username, alice.username);
  his.start();
  await alice.say(chat, "before");
  await his.prints(/: before$/);
  his.line.loseAnswers();
  await alice.say(chat, "are you there?");
  await his.prints(/: are you there\?$/);
});
