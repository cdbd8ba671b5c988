import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { childrenOf } from "./processes.ts";
import { until } from "./until.ts";

const patience = 20_000;

/** A terminal with somebody in front of it: keys go in, and what is on the screen is looked at. */
export class Terminal implements AsyncDisposable {
  readonly #directory = mkdtempSync(join(tmpdir(), "parley-tmux-"));
  /** Nobody else's tmux, and none of its settings. */
  readonly #tmux = ["tmux", "-u", "-f", "/dev/null", "-S", join(this.#directory, "socket")];

  private constructor(private readonly env: Record<string, string>) {}

  /** Opens a shell in a directory, in a terminal of so many columns and rows. */
  static async open(cwd: string, env: Record<string, string>, columns = 80, rows = 24): Promise<Terminal> {
    const terminal = new Terminal(env);
    const size = ["-x", `${columns}`, "-y", `${rows}`];
    await terminal.#run("new-session", "-d", ...size, "-c", cwd, "bash --norc --noprofile");
    await terminal.enter("PS1='$ '");
    await terminal.clear();
    return terminal;
  }

  /** Empties the screen of the shell: what is seen from now on is new. */
  async clear(): Promise<void> {
    await this.enter("clear");
    await this.sees(/^\$ *$/);
  }

  /** Types a text, without Enter. */
  async type(text: string): Promise<void> {
    await this.#run("send-keys", "-l", "--", text);
  }

  /** Presses keys by their names in tmux: `Enter`, `C-c`. */
  async press(...keys: string[]): Promise<void> {
    await this.#run("send-keys", ...keys);
  }

  async enter(text: string): Promise<void> {
    await this.type(text);
    await this.press("Enter");
  }

  /** Pastes a text, as a terminal does that was asked to mark what is pasted. */
  async paste(text: string): Promise<void> {
    const file = join(this.#directory, "pasted");
    writeFileSync(file, text);
    await this.#run("load-buffer", file);
    await this.#run("paste-buffer", "-p");
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#run("resize-window", "-x", `${columns}`, "-y", `${rows}`);
  }

  /** What is on the screen, without the empty rows at its end. `joined`: lines that were wrapped are one. */
  async screen({ joined = true, withColors = false } = {}): Promise<string> {
    const options = [...(joined ? ["-J"] : []), ...(withColors ? ["-e"] : [])];
    const rows = (await this.#run("capture-pane", "-p", ...options)).split("\n").map((row) => row.trimEnd());
    return rows.join("\n").trimEnd();
  }

  /** Waits until it is on the screen. */
  async sees(what: string | RegExp): Promise<void> {
    let screen = "";
    const isSeen = async () => {
      screen = await this.screen();
      return typeof what === "string" ? screen.includes(what) : what.test(screen);
    };
    await until(isSeen, patience, () => `${what} was never on the screen:\n${screen}`);
  }

  /** Waits until the screen is as it is to be. */
  async shows(isSo: (screen: string) => boolean): Promise<void> {
    let screen = "";
    const look = async () => isSo((screen = await this.screen({ joined: false })));
    await until(look, patience, () => `this stays on the screen:\n${screen}`);
  }

  async seesNoMore(what: string): Promise<void> {
    let screen = "";
    const isGone = async () => !(screen = await this.screen()).includes(what);
    await until(isGone, patience, () => `${what} stays on the screen:\n${screen}`);
  }

  /** Writes down what comes to the terminal from now on; answers what it is so far, byte for byte. */
  async record(): Promise<() => string> {
    const file = join(this.#directory, `record-${crypto.randomUUID()}`);
    writeFileSync(file, "");
    await this.#run("pipe-pane", `cat >> '${file}'`);
    return () => readFileSync(file, "utf8");
  }

  /** What programs have named the window. */
  async title(): Promise<string> {
    return (await this.#run("display-message", "-p", "#{pane_title}")).trimEnd();
  }

  /** What the shell runs that has this word on its command line. */
  async running(word: string): Promise<number[]> {
    return childrenOf(Number(await this.#run("display-message", "-p", "#{pane_pid}")), word);
  }

  async #run(...args: string[]): Promise<string> {
    const env = { PATH: process.env["PATH"] ?? "", TERM: "xterm-256color", LANG: "C.UTF-8", ...this.env };
    const child = Bun.spawn([...this.#tmux, ...args], { env, stderr: "pipe" });
    const [out, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    if ((await child.exited) !== 0) throw new Error(`tmux ${args[0]}: ${errors}`);
    return out;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#run("kill-server").catch(() => {});
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
