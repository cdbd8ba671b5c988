/** Root works on the data of another user as that user, so that no file in there belongs to root. */
import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";

/** What stops a command, in one sentence. */
export class OwnerError extends Error {}

export interface Owner {
  uid: number;
  gid: number;
}

/**
 * Makes root, for good, the user whom the data belong to, and answers who that is; undefined where nothing had to
 * change. Errors: OwnerError where that cannot be.
 */
export function becomeOwner(dataDir: string): Owner | undefined {
  const owner = ownerOf(dataDir);
  const { getuid, setgroups, setgid, setuid } = process;
  // The last three are there wherever the first is: on POSIX.
  if (getuid?.() !== 0 || !setgroups || !setgid || !setuid) return undefined;
  if (!owner || owner.uid === 0) return undefined;
  const { uid, gid } = owner;
  try {
    setgroups([gid]);
    setgid(gid);
    setuid(uid);
  } catch (error) {
    throw new OwnerError(
      `${dataDir} belongs to user ${uid}, whom root cannot become here (${codeOf(error)}). ` +
        `Type: ${asUser(owner, thisCommand())}`,
    );
  }
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new OwnerError(
      `${dataDir} belongs to user ${uid}, who cannot get there (${codeOf(error)}): ` +
        "start the server, and what it is asked it does itself.",
    );
  }
  return owner;
}

/** Of the database, which is whom the server runs as; of the directory before there is one. */
function ownerOf(dataDir: string): Owner | undefined {
  const look = (path: string) => statSync(path, { throwIfNoEntry: false });
  return look(join(dataDir, "db", "chat.sqlite")) ?? look(dataDir);
}

function thisCommand(): string[] {
  return [process.execPath, ...process.argv.slice(Bun.isStandaloneExecutable ? 2 : 1)];
}

/** A command as another user, for a shell. */
function asUser({ uid, gid }: Owner, command: string[]): string {
  const words = command.map((one) => (/^[\w./:@=-]+$/.test(one) ? one : `'${one.replaceAll("'", "'\\''")}'`));
  return `setpriv --reuid=${uid} --regid=${gid} --clear-groups ${words.join(" ")}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
