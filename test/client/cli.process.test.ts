/** `parley chat` as a process of its own: what a shell makes of it. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "../support/reference.ts";
import { shared } from "../support/shared.ts";
import { Desk } from "../support/terminal-client.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(30_000);

const server = await shared();

/** A shell on somebody's machine, where `parley` is what the sources make of it. */
function shellAt(desk: Desk, commands: string) {
  const bin = join(desk.directory, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(
    join(bin, "parley"),
    `#!/bin/sh\nexec "${process.execPath}" "${join(root, "src/main.ts")}" "$@"\n`,
  );
  chmodSync(join(bin, "parley"), 0o755);
  return Bun.spawn(["bash", "-c", commands], {
    cwd: desk.directory,
    env: { ...desk.env, PATH: `${bin}:${desk.env["PATH"]}` },
    stderr: "pipe",
  });
}

/** What a program has written when this is in it; it goes on and can be read on. */
async function heard(stream: ReadableStream<Uint8Array>, text: string): Promise<string> {
  const decoder = new TextDecoder();
  let said = "";
  for await (const chunk of stream.values({ preventCancel: true })) {
    said += decoder.decode(chunk, { stream: true });
    if (said.includes(text)) return said;
  }
  throw new Error(`it never said ${text}, but ${said}`);
}

test("texts come from pipes, files from where alice is and go there, and the shell learns how it went", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await using desk = await Desk.of(alice);
  writeFileSync(join(desk.directory, "a note.txt"), "remember");
  const shell = shellAt(
    desk,
    `printf 'two\\nlines\\n' | parley chat send ${bob.username} -; echo $?
     printf '/file "a note.txt"\\n/save ^\\n' | parley chat open ${bob.username} | tail -n 1; echo \${PIPESTATUS[1]}
     parley chat send nobody.at.all hello 2>&1; echo $?`,
  );
  expect((await shell.stdout.text()).split("\n")).toEqual([
    "0",
    "     file: a note.txt (document, 8 bytes)",
    "0",
    "There is no person and no chat named nobody.at.all.",
    "1",
    "",
  ]);
  expect(await shell.stderr.text()).toBe("Saved a note (1).txt\n");
  expect(readFileSync(join(desk.directory, "a note (1).txt"), "utf8")).toBe("remember");
  expect((await bob.history(await bob.directWith(alice)))[0].content).toBe("two\nlines");
});

test("a reader who has seen enough is no error, and ends what would go on for ever", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  await using desk = await Desk.of(alice);
  const shell = shellAt(desk, "parley chat listen --json | head -n 1 | cut -c 1-8; exit ${PIPESTATUS[0]}");
  let isOver = false;
  void shell.exited.then(() => (isOver = true));
  await until(async () => {
    await bob.say(chatId, "are you still there?");
    return isOver;
  });
  const [out, errors] = await Promise.all([shell.stdout.text(), shell.stderr.text()]);
  expect([out, await shell.exited]).toEqual(['{"type":\n', 0]);
  // What was said before it was connected may have been enough.
  expect(errors).toBeOneOf(["", `${alice.username} is connected.\n`]);
});

test("a bot is stopped by a signal, which is no error; what is stopped before it is done says by which", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await using desk = await Desk.of(alice);
  const bot = shellAt(desk, "exec parley chat listen");
  await heard(bot.stderr, "is connected");
  bot.kill("SIGTERM");
  expect(await bot.exited).toBe(0);
  for (const [signal, code] of [
    ["SIGHUP", 129],
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    const unfinished = desk.start(["send", bob.username, "-"]);
    unfinished.enter("the beginning of a text");
    expect(await unfinished.stop(signal)).toEqual({ code, out: "", errors: "" });
  }
});

test("an output that takes nothing is an error", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  await bob.say(chatId, "hello");
  await using desk = await Desk.of(alice);
  const commands = ["list", `export ${bob.username}`, `open ${bob.username} < /dev/null`];
  for (const one of commands) {
    const shell = shellAt(desk, `parley chat ${one} > /dev/full`);
    expect([one, await shell.exited]).toEqual([one, 1]);
    expect(await shell.stderr.text()).toStartWith("The output cannot be written (ENOSPC");
  }
});

test("what could not be written is told again by the next listen, and what was written is not", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  await using desk = await Desk.of(alice);
  for (const [output, code] of [
    ["> /dev/full", 1],
    ["| true", 0],
  ] as const) {
    await bob.say(chatId, `is that ${output}?`);
    const deaf = shellAt(desk, `parley chat listen --json ${output}; exit \${PIPESTATUS[0]}`);
    expect([output, await deaf.exited]).toEqual([output, code]);
  }
  const again = shellAt(desk, "exec parley chat listen --json");
  expect(await heard(again.stdout, "is that | true?")).toContain("is that > /dev/full?");
  again.kill("SIGTERM");
  expect(await again.exited).toBe(0);
  await bob.say(chatId, "and now?");
  const third = shellAt(desk, "exec parley chat listen --json");
  expect(await heard(third.stdout, "and now?")).not.toContain("is that");
  third.kill("SIGTERM");
  expect(await third.exited).toBe(0);
});

test("a standard input that goes on and on is refused before it has ended", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await using desk = await Desk.of(alice);
  const shell = shellAt(desk, `yes | parley chat send ${bob.username} -; exit \${PIPESTATUS[1]}`);
  expect(await shell.exited).toBe(1);
  expect(await shell.stderr.text()).toBe("The standard input is too long for a message.\n");
});
