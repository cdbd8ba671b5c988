/** What docs/push.md tells to paste works. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

import { PushScene } from "./support/pushed.ts";
import { commandsUnder, root } from "./support/reference.ts";
import { run } from "./support/shell.ts";

setDefaultTimeout(30_000);

test("a device is registered and pushed to in a shell", async () => {
  await using scene = await PushScene.start();
  const [alice] = await scene.server.people("alice");
  const page = await Bun.file(join(root, "docs/push.md")).text();
  const [commands = ""] = commandsUnder(page, "Trying it");
  const given = commands
    .replace("https://chat.example.org", scene.server.url)
    .replace("the-access-token", alice.accessToken);
  const [device, outcome, ...more] = (await run(given.replaceAll("}'\n", "}'; echo\n"))).map((line) =>
    JSON.parse(line),
  );
  expect(device).toEqual({ id: expect.any(Number) });
  const detail = "The push service has taken it.";
  expect(outcome).toEqual({ devices: [{ id: device.id, channel: "fcm", outcome: "accepted", detail }] });
  expect(more).toEqual([]);
  const [received] = scene.google.received.get("the-token-of-an-app") ?? [];
  expect(received?.data).toEqual({ type: "test", title: "Parley", body: "Push works on this device." });
});
