import { Command, InvalidArgumentError, Option } from "commander";

import { accounts } from "./commands/accounts.ts";
import { exportChat } from "./commands/export.ts";
import * as keys from "./commands/keys.ts";
import { list } from "./commands/list.ts";
import { listen } from "./commands/listen.ts";
import { login } from "./commands/login.ts";
import { logout } from "./commands/logout.ts";
import { open } from "./commands/open.ts";
import { send } from "./commands/send.ts";
import type { Context, Process } from "./context.ts";

/** Those of all commands; each has some of them. */
export interface Options {
  account?: string;
  timeout?: number;
  register?: string;
  force?: true;
  json?: true;
  file?: string[];
  last?: number;
  passphrase?: true;
  yes?: true;
}

/** Does a command; answers the exit code. */
export type Work = (context: Context, options: Options) => Promise<number>;
type Run = (command: Command, work: Work) => Promise<void>;

const notes = `
NAME is a person's user name or a group's name; @NAME is a person, id:N the chat
with that number. With --json each line is a JSON object.

Exit codes: 0 done, 1 refused, 2 not understood, 3 no connection in time or not
now, 4 not signed in, 5 the files of the account cannot be used, 6 encryption: the
keys are not here, or somebody has to decide; 129, 130 and 143 stopped by a hang-up,
Ctrl-C and SIGTERM before it was done.

For the operator of a server: parley chat transfer CHAT_ID NAME makes a member
the owner of a group.`;

/** The command line of `parley chat`. */
export function programWith({ stdout, stderr }: Pick<Process, "stdout" | "stderr">, run: Run): Command {
  const program = new Command("parley chat")
    .usage("[options] <command>")
    .description("A chat client for terminals, pipes and scripts.")
    .enablePositionalOptions()
    .helpOption("-h, --help", "show this")
    .helpCommand(false)
    .configureHelp({ subcommandTerm: termOf, showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .exitOverride()
    .addHelpText("after", notes);
  addAccounts(program, run);
  addReading(program, run);
  addWriting(program, run);
  addKeys(program, run);
  for (const one of commonOptions()) program.addOption(one);
  for (const command of commandsBelow(program))
    for (const one of commonOptions()) command.addOption(one.hideHelp());
  return program;
}

function commandsBelow({ commands }: Command): Command[] {
  return commands.flatMap((one) => [one, ...commandsBelow(one)]);
}

/** They may stand before a command and behind it. */
function commonOptions(): Option[] {
  return [
    new Option("--account <name>", "which account, where there are several"),
    new Option("--timeout <seconds>", "how long to wait for the server (default: 30)").argParser(wholeNumber),
  ];
}

/** Those behind the command before those in front of it. */
export function optionsOf(command: Command): Options {
  return { ...(command.parent && optionsOf(command.parent)), ...command.opts<Options>() };
}

/** A command with all that it takes, options first. */
function termOf(command: Command): string {
  const options = command.options.filter((one) => !one.hidden).map((one) => `[${one.flags}]`);
  return [command.name(), ...options, command.usage().replace(/^\[options\] ?/, "")]
    .filter(Boolean)
    .join(" ");
}

function addAccounts(program: Command, run: Run): void {
  program
    .command("login <url> <name>")
    .description("sign in; the password is asked for, or read from the standard input")
    .option("--register <email>", "make the account first")
    .action((url: string, name: string, _own, command: Command) =>
      run(command, (context, { register }) => login(context, url, name, register)),
    );
  program
    .command("logout")
    .description("end the session and remove what is kept of it here")
    .option("--force", "also where something is unsent or the server does not answer")
    .action((_own, command: Command) =>
      run(command, (context, { force }) => logout(context, force ?? false)),
    );
  program
    .command("accounts")
    .description("who is signed in here")
    .option("--json", "a line of JSON each")
    .action((_own, command: Command) =>
      run(command, (context, { json }) => accounts(context, json ?? false)),
    );
}

function addReading(program: Command, run: Run): void {
  program
    .command("list")
    .description("my chats, last activity first")
    .option("--json", "a line of JSON each")
    .action((_own, command: Command) => run(command, (context, { json }) => list(context, json ?? false)));
  program
    .command("listen")
    .description("what happens, until it is stopped")
    .option("--json", "each event of the server, a line of JSON each")
    .action((_own, command: Command) => run(command, (context, { json }) => listen(context, json ?? false)));
  program
    .command("export <name>")
    .description("all messages of a chat, oldest first")
    .option("--json", "a line of JSON each")
    .action((name: string, _own, command: Command) =>
      run(command, (context, { json }) => exportChat(context, name, json ?? false)),
    );
}

function addWriting(program: Command, run: Run): void {
  program
    .command("open <name>")
    .description("read and write in a chat; /help says how")
    .option("--last <number>", "how many messages to begin with", wholeNumber, 20)
    .action((name: string, _own, command: Command) =>
      run(command, (context, { last }) => open(context, name, last ?? 0)),
    );
  program
    .command("send <name> [text]")
    .description("write to a chat; - is the standard input; options stand before the name")
    // Whoever has the text from somebody else must not find options in it.
    .passThroughOptions()
    .option("--file <path>", "with a file (several times: with several)", several)
    .action((name: string, text: string | undefined, _own, command: Command) =>
      run(command, (context, { file }) => send(context, name, text, file ?? [])),
    );
}

function addKeys(program: Command, run: Run): void {
  const own = program
    .command("keys")
    .usage("[options] [command]")
    .description("your keys for encrypted chats; setup makes them, unlock opens them here")
    .enablePositionalOptions()
    .helpCommand(false)
    .option("--json", "a line of JSON")
    .action((_own, command: Command) =>
      run(command, (context, { json }) => keys.showKeys(context, json ?? false)),
    );
  const passphrase = ["--passphrase", "with a passphrase that opens them, too"] as const;
  own
    .command("setup")
    .description("make keys; the recovery key is shown once")
    .option(...passphrase)
    .action((_own, command: Command) =>
      run(command, (context, options) => keys.setUpKeys(context, options.passphrase ?? false)),
    );
  own
    .command("unlock")
    .description("open your keys on this device, with the recovery key or the passphrase")
    .action((_own, command: Command) => run(command, keys.unlockKeys));
  own
    .command("recovery")
    .description("another recovery key in place of the one that you have")
    .action((_own, command: Command) => run(command, keys.renewRecoveryKey));
  own
    .command("accept")
    .description("go on with what the server has, as after its restore from a backup")
    .action((_own, command: Command) => run(command, keys.acceptKeys));
  addNewKeys(own, run, passphrase);
}

function addNewKeys(own: Command, run: Run, passphrase: readonly [string, string]): void {
  own
    .command("renew")
    .description("all keys anew, after a device or the recovery key was stolen")
    .option(...passphrase)
    .action((_own, command: Command) =>
      run(command, (context, options) => keys.renewKeys(context, options.passphrase ?? false)),
    );
  own
    .command("reset")
    .description("new keys that nothing vouches for, where all is lost")
    .option(...passphrase)
    .option("--yes", "do not ask")
    .action((_own, command: Command) =>
      run(command, (context, { yes, passphrase: isWanted }) =>
        keys.resetKeys(context, yes ?? false, isWanted ?? false),
      ),
    );
}

function several(path: string, before: string[] = []): string[] {
  return [...before, path];
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1.");
  return Number(text);
}
