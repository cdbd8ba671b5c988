import type { Person } from "./person.ts";
import { executable } from "./executable.ts";
import { password } from "./server.ts";
import { Desk, type Outcome } from "./terminal-client.ts";

/** Somebody's machine, on which `parley chat` is the executable: each command is a process. */
export class Machine extends Desk {
  static override async of(person: Person, url = person.url): Promise<Machine> {
    const machine = new Machine();
    await machine.does(["login", url, person.username], `${password}\n`);
    return machine;
  }

  override async run(args: readonly string[], input = ""): Promise<Outcome> {
    const child = Bun.spawn([executable, "chat", ...args], {
      cwd: this.directory,
      env: this.env,
      stdin: new Blob([input]),
      stderr: "pipe",
    });
    const [out, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    return { code: await child.exited, out, errors };
  }

  /** A command that has to succeed; answers what it wrote. */
  async does(args: readonly string[], input = ""): Promise<string> {
    const { code, out, errors } = await this.run(args, input);
    if (code !== 0) throw new Error(`${args.join(" ")}: ${code}: ${errors}${out}`);
    return out;
  }
}
