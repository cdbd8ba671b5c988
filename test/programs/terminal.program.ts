/** Two people talk with `parley chat`, each in a terminal of their own (tmux), against the executable. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { cut } from "../../src/client/cli/text/width.ts";
import { executable, Home } from "../support/executable.ts";
import { Line } from "../support/line.ts";
import type { Person } from "../support/person.ts";
import { ended } from "../support/processes.ts";
import { password } from "../support/server.ts";
import { Desk } from "../support/terminal-client.ts";
import { Terminal } from "../support/tmux.ts";
import { until } from "../support/until.ts";
import { FaultyProxy } from "../support/weather/proxy.ts";

setDefaultTimeout(120_000);

/** For all tests but that which ends its own. */
const home = new Home();
afterAll(() => home[Symbol.asyncDispose]());
const shared = await home.start();
let pairs = 0;

/** Alice and Bob, of whom no other test knows, and their chat. */
async function pair(server = shared): Promise<{ alice: Person; bob: Person; chatId: number }> {
  pairs += 1;
  const alice = await server.register(`alice${pairs}`);
  const bob = await server.register(`bob${pairs}`);
  return { alice, bob, chatId: await alice.directWith(bob) };
}

/** Somebody's machine with a terminal. */
class Seat implements AsyncDisposable {
  private constructor(
    readonly desk: Desk,
    readonly terminal: Terminal,
  ) {}

  static async take(): Promise<Seat> {
    const desk = new Desk();
    const path = `${join(executable, "..")}:${desk.env["PATH"]}`;
    return new Seat(desk, await Terminal.open(desk.directory, { ...desk.env, PATH: path }));
  }

  /** Where this person is signed in. */
  static async of(person: Person, url = person.url): Promise<Seat> {
    const seat = await Seat.take();
    await seat.desk.signIn(person, url);
    return seat;
  }

  async open({ username }: Person): Promise<void> {
    await this.terminal.clear();
    await this.terminal.enter(`parley chat open ${username}; echo "left with $?"`);
    await this.terminal.sees("/help says what can be done here");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminal[Symbol.asyncDispose]();
    await this.desk[Symbol.asyncDispose]();
  }
}

test("alice makes an account at the keyboard, and nobody sees her password", async () => {
  await using seat = await Seat.take();
  const { terminal } = seat;
  const login = `parley chat login ${shared.url} alice --register alice@example.org; echo "left with $?"`;
  await terminal.enter(login);
  await terminal.sees("Password for alice:");
  await terminal.press("C-c");
  await terminal.sees("left with 130");
  await terminal.clear();
  await terminal.enter(login);
  await terminal.sees("Password for alice:");
  await terminal.enter(`${password}x`);
  await terminal.sees("The same again:");
  await terminal.enter(`${password}y`);
  await terminal.sees("left with 2");
  expect(await terminal.screen()).toContain("two different passwords");
  expect(await terminal.screen()).not.toContain("horse");
  await terminal.clear();
  await terminal.enter(login);
  await terminal.sees("Password for alice:");
  // What was mistyped can be taken back, unseen.
  await terminal.type(`${password}z`);
  await terminal.press("BSpace", "Enter");
  await terminal.sees("The same again:");
  await terminal.enter(password);
  await terminal.sees("Signed in as alice@");
  expect(await terminal.screen()).not.toContain("horse");
});

test("the terminal is closed while the password is asked for: nothing stays behind", async () => {
  const seat = await Seat.take();
  await seat.terminal.enter(`parley chat login ${shared.url} bob`);
  await seat.terminal.sees("Password for bob:");
  const [login] = await seat.terminal.running("login");
  await seat[Symbol.asyncDispose]();
  await ended(login!);
});

test("alice and bob talk: typing, a reply, an edit, a reaction, a file, who has read; and leave", async () => {
  const people = await pair();
  await using alice = await Seat.of(people.alice);
  await using bob = await Seat.of(people.bob);
  const [a, b] = [people.alice.username, people.bob.username];
  await alice.open(people.bob);
  await bob.open(people.alice);

  await alice.terminal.type("Hello Bob, שלום 日本語");
  await bob.terminal.sees(`${a} is typing`);
  await alice.terminal.press("Enter");
  await bob.terminal.sees(new RegExp(`\\[1\\] \\d\\d:\\d\\d ${a}: .?Hello Bob, שלום 日本語`));
  await bob.terminal.seesNoMore("is typing");
  await alice.terminal.sees("[1] read");
  // What was typed has become the message.
  expect(await alice.terminal.screen()).not.toContain("> Hello");

  await bob.terminal.enter("/reply 1 Hello Alice");
  await alice.terminal.sees(
    new RegExp(`\\[2\\] \\d\\d:\\d\\d ${b}: Hello Alice\\n +\\(to ${a}: .?Hello Bob`),
  );
  await alice.terminal.enter("/react 2 👍");
  await bob.terminal.sees(`[2] 👍 ${a}`);
  await bob.terminal.enter("/edit ^ Hello, dear Alice");
  await alice.terminal.sees(`${b}: Hello, dear Alice (edited)`);

  const bytes = crypto.getRandomValues(new Uint8Array(500_000));
  writeFileSync(join(alice.desk.directory, "my data.bin"), bytes);
  await alice.terminal.enter('/file "my data.bin" for you');
  await bob.terminal.sees("file: my data.bin (document, 500 KB)");
  await bob.terminal.enter("/save ^");
  await bob.terminal.sees("Saved my data.bin");
  expect(readFileSync(join(bob.desk.directory, "my data.bin")).equals(bytes)).toBe(true);
  await alice.terminal.enter("/readers ^");
  await alice.terminal.sees(`[3] read by ${b}`);
  await alice.terminal.enter("/delete ^");
  await bob.terminal.sees(new RegExp(`\\[3\\] \\d\\d:\\d\\d ${a}: \\(deleted\\)`));

  await alice.terminal.press("C-d");
  await alice.terminal.sees("left with 0");
  await bob.terminal.press("C-c");
  await bob.terminal.sees("left with 0");
  // The shell has its terminal back as it was.
  await bob.terminal.enter("stty -a | tr ' ' '\\n' | grep -x echo && clear");
  await bob.terminal.sees(/^\$ *$/);
});

test("over a slow line, bob sees how far a file has come, on its way up and down", async () => {
  const people = await pair();
  using proxy = await FaultyProxy.start(shared.url);
  await using bob = await Seat.of(people.bob, proxy.url);
  await bob.open(people.alice);
  writeFileSync(join(bob.desk.directory, "film.bin"), crypto.getRandomValues(new Uint8Array(4_000_000)));
  proxy.weather = ({ kind }) => (kind === "request" ? { delay: () => 30 } : {});
  await bob.terminal.enter("/file film.bin");
  await bob.terminal.sees(/sending, \d+ %: film.bin/);
  await bob.terminal.sees("file: film.bin (document, 4.0 MB)");
  await bob.terminal.enter("/save ^ copy.bin");
  await bob.terminal.sees(/saving film.bin: \d\d %/);
  await bob.terminal.sees("Saved copy.bin");
  await bob.terminal.seesNoMore("saving");
});

test("a message that comes while bob writes leaves his line whole, also a long one, in a window that changes", async () => {
  const { alice, chatId, ...people } = await pair();
  await using bob = await Seat.of(people.bob);
  await bob.open(alice);
  const long =
    "a long line that does not fit into eighty columns, with wide characters: 日本語日本語日本語, and an end";
  await bob.terminal.type(long);
  await bob.terminal.press("Home");
  await bob.terminal.type("And ");
  await bob.terminal.sees(`> And ${long}`);
  expect((await bob.terminal.screen()).split("a long line")).toHaveLength(2);
  await alice.say(chatId, "in between");
  const endsWith = (said: string) => new RegExp(`${alice.username}: ${said}\n> And ${long}$`);
  await bob.terminal.sees(endsWith("in between"));
  await bob.terminal.resize(40, 24);
  await alice.say(chatId, "narrow");
  await bob.terminal.sees(endsWith("narrow"));
  await bob.terminal.press("Enter");
  await bob.terminal.sees(`${people.bob.username}: And ${long}`);
  expect((await alice.history(chatId)).at(-1).content).toBe(`And ${long}`);
});

test("how things stand is there once, however the window changes", async () => {
  const people = await pair();
  using line = await Line.to(shared.url);
  await using bob = await Seat.of(people.bob, line.url);
  await bob.open(people.alice);
  line.cut();
  await bob.terminal.sees("no connection, trying again");
  const words = "with so many words that they need two rows in a narrow window";
  for (const one of ["first", "second", "third"]) await bob.terminal.enter(`${one} ${words}`);
  await bob.terminal.sees("not sent yet: third");
  await bob.terminal.type("half a line");
  const unsent = ["first", "second", "third"].map((one) => `not sent yet: ${one} ${words}`);
  const all = [...unsent, "no connection, trying again"];
  for (const columns of [50, 80, 30, 120, 20]) {
    await bob.terminal.resize(columns, 24);
    const end = [...all.map((one) => cut(one, columns - 1)), "> half a line"].join("\n");
    await bob.terminal.shows((screen) => screen.split("not sent yet").length === 4 && screen.endsWith(end));
  }
});

test("bob suspends it, does something else, and goes on where he was", async () => {
  const { alice, chatId, ...people } = await pair();
  await using bob = await Seat.of(people.bob);
  await bob.open(alice);
  await bob.terminal.type("half a line");
  await bob.terminal.press("C-z");
  await bob.terminal.sees("Stopped");
  await bob.terminal.enter("echo some''thing else");
  await bob.terminal.sees("something else");
  await bob.terminal.enter("fg");
  await bob.terminal.sees(/> half a line$/);
  await bob.terminal.type(" and the other");
  await bob.terminal.press("Enter");
  await bob.terminal.sees(`${people.bob.username}: half a line and the other`);
  await alice.say(chatId, "are you there?");
  await bob.terminal.sees(`${alice.username}: are you there?`);
});

test("what is pasted is sent when bob presses Enter, as it was", async () => {
  const { alice, chatId, ...people } = await pair();
  await using bob = await Seat.of(people.bob);
  await bob.open(alice);
  const pasted = "one\n\ttwo 日本語\n/delete ^\n";
  await bob.terminal.type("before ");
  await bob.terminal.paste(pasted);
  await bob.terminal.sees("> before one␊␉two 日本語␊/delete ^␊");
  expect(await alice.history(chatId)).toEqual([]);
  await bob.terminal.press("M-Enter");
  await bob.terminal.type("end");
  await bob.terminal.press("Enter");
  await bob.terminal.sees(`${people.bob.username}: before one`);
  expect((await alice.history(chatId)).map((one) => one.content)).toEqual([`before ${pasted}\nend`]);
});

test("a whole book is in the line as soon as it is pasted; that it is too long is told, and it can be given up", async () => {
  const { alice, chatId, ...people } = await pair();
  await using bob = await Seat.of(people.bob);
  await bob.open(alice);
  await bob.terminal.paste(`${"word ".repeat(6000)}the end`);
  await bob.terminal.sees(/the end$/);
  await bob.terminal.press("Enter");
  await bob.terminal.sees("at most 16384 are allowed (/retry or /drop)");
  await bob.terminal.enter("and behind it");
  await bob.terminal.sees("not sent yet: and behind it");
  await bob.terminal.press("C-d");
  await bob.terminal.sees("left with 0");
  const left = await bob.terminal.screen();
  expect(left).toContain("Not sent: 2. One was refused or has become old");
  expect(left).not.toContain("sent the next time");
  await bob.open(alice);
  await bob.terminal.enter("/drop");
  await bob.terminal.sees(`${people.bob.username}: and behind it`);
  expect((await alice.history(chatId)).map((one) => one.content)).toEqual(["and behind it"]);
});

test("the line breaks: what bob writes is shown as unsent, survives his leaving, and is sent once, in order", async () => {
  const { alice, chatId, ...people } = await pair();
  using line = await Line.to(shared.url);
  await using bob = await Seat.of(people.bob, line.url);
  await alice.say(chatId, "Hello Bob");
  await bob.open(alice);
  await bob.terminal.sees(`${alice.username}: Hello Bob`);
  line.cut();
  await bob.terminal.sees("no connection, trying again");
  for (const one of ["first", "second", "third"]) await bob.terminal.enter(one);
  await bob.terminal.sees("not sent yet: third");
  await bob.terminal.press("C-d");
  await bob.terminal.sees("Not sent yet: 3. They are kept, and sent the next time.");
  await bob.terminal.sees("left with 0");
  await alice.say(chatId, "are you there?");

  await bob.open(alice);
  await bob.terminal.sees("not sent yet: third");
  await bob.terminal.sees(`${alice.username}: Hello Bob`);
  await bob.terminal.enter("/delete ^");
  await bob.terminal.seesNoMore("third");
  line.mend();
  await bob.terminal.sees(`${alice.username}: are you there?`);
  await bob.terminal.sees(`${people.bob.username}: second`);
  await bob.terminal.seesNoMore("not sent yet");
  const said = (await alice.history(chatId)).map((one) => one.content);
  expect(said).toEqual(["Hello Bob", "are you there?", "first", "second"]);
});

test("the server restarts and the client is killed with a full outbox: nothing is lost or doubled", async () => {
  await using own = new Home();
  const settings = { PORT: String(20_000 + Math.floor(Math.random() * 10_000)) };
  let server = await own.start({ settings });
  const { alice, chatId, ...people } = await pair(server);
  await using bob = await Seat.of(people.bob);
  await bob.open(alice);
  await bob.terminal.enter("before");
  await bob.terminal.sees(`${people.bob.username}: before`);
  await server.kill("SIGKILL");
  await bob.terminal.sees("no connection");
  for (let i = 1; i <= 5; i++) await bob.terminal.enter(`unsent ${i}`);
  await bob.terminal.sees("and 2 more");
  for (const one of await bob.terminal.running("open")) process.kill(one, "SIGKILL");
  await bob.terminal.sees("left with 137");

  server = await own.start({ settings });
  await bob.open(alice);
  await bob.terminal.sees(`${people.bob.username}: unsent 5`);
  const said = (await (await server.login(alice.username)).history(chatId)).map((one) => one.content);
  expect(said).toEqual(["before", ...[1, 2, 3, 4, 5].map((i) => `unsent ${i}`)]);
  expect(await server.kill("SIGTERM")).toBe(0);
});

test("what others write does not move the cursor, colour the screen or name the window", async () => {
  const { alice, chatId, ...people } = await pair();
  await using bob = await Seat.of(people.bob);
  await bob.open(alice);
  const title = await bob.terminal.title();
  await alice.say(
    chatId,
    "\u001b[2J\u001b[1;31mred\u001b]0;mine\u0007\u009b5mx\u202etxt\n[7] 10:00 bob: I quit",
  );
  await bob.terminal.sees("bob: I quit");
  const screen = await bob.terminal.screen({ withColors: true });
  expect(screen).toContain("␛[2J␛[1;31mred␛]0;mine␇\ufffd5mxtxt\n     [7] 10:00 bob: I quit");
  expect(screen).not.toContain("\u001b[31m");
  expect(await bob.terminal.title()).toBe(title);
});

test("in a terminal that only prints, and without colours where nobody wants them", async () => {
  const { alice, chatId, ...people } = await pair();
  await using bob = await Seat.of(people.bob);
  await alice.say(chatId, "Hello Bob");
  const written = await bob.terminal.record();
  await bob.terminal.enter(`TERM=dumb parley chat open ${alice.username}; echo "left with $?"`);
  await bob.terminal.sees(`${alice.username}: Hello Bob`);
  await bob.terminal.enter("Hello Alice");
  await bob.terminal.sees(
    new RegExp(`^Hello Alice\\n\\[2\\] \\d\\d:\\d\\d ${people.bob.username}: Hello Alice$`, "m"),
  );
  await bob.terminal.press("C-d");
  await bob.terminal.sees("left with 0");
  await until(() => written().includes("left with 0"));
  // Between the command, behind which the shell takes back its own mode, and the next prompt.
  const [, ...lines] = written().slice(0, written().lastIndexOf("left with 0")).split("\n");
  const said = lines.join("\n").replace(/^\u001b\[\?2004l\r/, ""); // oxlint-disable-line no-control-regex
  expect(said).toContain(`${people.bob.username}: Hello Alice`);
  expect(said).not.toMatch(/[^\P{Cc}\r\n]|\r(?!\n)/u);
  await bob.terminal.clear();
  await bob.terminal.enter(`NO_COLOR=1 parley chat open ${alice.username}`);
  await bob.terminal.sees(`${people.bob.username}: Hello Alice`);
  expect(await bob.terminal.screen({ withColors: true })).not.toContain("\u001b");
});

test("in a pipe, the executable says what there is, and what it was given is sent", async () => {
  const { alice, chatId, ...people } = await pair();
  await using bob = await Seat.of(people.bob);
  await alice.say(chatId, "Hello Bob");
  const [a, b] = [alice.username, people.bob.username];
  await bob.terminal.enter(
    `printf "one\\ntwo\\n" | parley chat open ${a} | cat -A; echo "left with \${PIPESTATUS[1]}"`,
  );
  await bob.terminal.sees("left with 0");
  expect(await bob.terminal.screen()).toMatch(
    new RegExp(`${a}: Hello Bob\\$\\n.*${b}: one\\$\\n.*${b}: two\\$\\nleft with 0`),
  );
  await bob.terminal.clear();
  await bob.terminal.enter(`uname | parley chat send ${a} -; echo left with $?`);
  await bob.terminal.sees("left with 0");
  expect((await alice.history(chatId)).map((one) => one.content)).toEqual([
    "Hello Bob",
    "one",
    "two",
    "Linux",
  ]);
});

test("alice makes her keys at the keyboard: the recovery key is shown once, and she has to have written it down", async () => {
  const { alice, bob } = await pair();
  await using seat = await Seat.of(alice);
  const { terminal } = seat;
  await terminal.enter('parley chat keys setup; echo "left with $?"');
  await terminal.sees("To be sure, type its last group:");
  const key = /([0-9A-Z]{4}-){6}([0-9A-Z]{4})/.exec(await terminal.screen());
  await terminal.enter("0000");
  await terminal.sees("That is not its last group.");
  await terminal.enter(key![2]!.toLowerCase());
  await terminal.sees("left with 0");
  await terminal.clear();
  await terminal.enter('parley chat keys reset; echo "left with $?"');
  await terminal.sees('Type "yes" if you want this:');
  expect(await terminal.screen()).toContain("nobody will ever read again");
  await terminal.enter("no");
  await terminal.sees("Nothing was changed.");
  await terminal.sees("left with 1");

  await using his = await Seat.of(bob);
  await his.desk.run(["keys", "setup"]);
  await seat.open(bob);
  await his.open(alice);
  await terminal.enter("/encrypt");
  await terminal.sees("/encrypt yes turns it on, for good.");
  await terminal.enter("/encrypt yes");
  await terminal.sees("This chat is encrypted from now on.");
  await terminal.enter("only for you");
  await his.terminal.sees(`${alice.username}: only for you`);
  await his.terminal.enter("/edit 1 not mine");
  await his.terminal.sees("Message 1 is not yours.");
  await his.terminal.enter("only for you, too");
  await terminal.sees(`${bob.username}: only for you, too`);
  expect(JSON.stringify(await alice.history(await alice.directWith(bob)))).not.toContain("only for you");
  await using other = await Seat.of(alice);
  await other.open(bob);
  await other.terminal.sees("!! This device has not unlocked your keys: parley chat keys unlock");
  await other.terminal.sees("(encrypted, not opened)");
  await other.terminal.press("C-d");
  await other.terminal.sees("left with 0");
  await other.terminal.clear();
  await other.terminal.enter('parley chat keys unlock; echo "left with $?"');
  await other.terminal.sees("Recovery key or passphrase:");
  await other.terminal.enter(key![0]!);
  await other.terminal.sees("left with 0");
  expect(await other.terminal.screen()).not.toContain(key![0]!);
  await other.open(bob);
  await other.terminal.sees(`${bob.username}: only for you, too`);
});
