import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { exitCodes, Failure } from "../exit-codes.ts";

/** Somebody who is signed in, or was, on a server. */
export interface Account {
  /** `alice@chat.example.org`, by which `--account` finds it. */
  name: string;
  username: string;
  server: string;
  /** Its files. */
  directory: string;
}

/** What the library's files do not say. */
const fileName = "account.json";

/** The account of a user name on a server, whether it is there or not. User names are unique without regard to case. */
export function accountAt(root: string, server: URL, username: string): Account {
  const path = server.pathname === "/" ? "" : encodeURIComponent(server.pathname);
  const name = `${username.toLowerCase()}@${server.host}${path}`;
  return { name, username, server: server.href.replace(/\/$/, ""), directory: join(root, name) };
}

/** In its directory, which the library has made. */
export function keepAccount({ directory, username, server }: Account): void {
  const file = join(directory, fileName);
  writeFileSync(`${file}.new`, JSON.stringify({ server, username }), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** All of them, by name. Errors: Failure for one that is damaged. */
export function listAccounts(root: string): Account[] {
  return directoriesIn(root).flatMap((name) => {
    const directory = join(root, name);
    const kept = read(join(directory, fileName));
    return kept ? [{ ...kept, name, directory }] : [];
  });
}

function directoriesIn(root: string): string[] {
  try {
    return readdirSync(root).toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Undefined for a directory of something else, or one whose login was cut short. */
function read(file: string): Pick<Account, "server" | "username"> | undefined {
  if (!existsSync(file)) return undefined;
  const { server, username } = parse(readFileSync(file, "utf8")) ?? {};
  if (typeof server === "string" && typeof username === "string") return { server, username };
  throw damaged(file);
}

function parse(text: string): Record<string, unknown> | null | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What helps where a file of an account has been damaged. */
export function damaged(file: string): Failure {
  return new Failure(exitCodes.store, `${file} is damaged. Sign in again: parley chat login URL NAME`);
}

/** The one that is meant: by its name, or its user name, or because there is no other. Errors: Failure. */
export function chooseAccount(accounts: readonly Account[], wanted: string | undefined): Account {
  const word = wanted?.toLowerCase();
  const fitting = accounts.filter(
    (one) => word === undefined || one.name === word || one.username.toLowerCase() === word,
  );
  const [only, ...others] = fitting;
  if (only && others.length === 0) return only;
  if (only) {
    const names = fitting.map((one) => `  --account ${one.name}`).join("\n");
    throw new Failure(exitCodes.usage, `Which account? Say one of\n${names}`);
  }
  const who = wanted === undefined ? "Nobody is" : `${wanted} is not`;
  throw new Failure(exitCodes.signedOut, `${who} signed in here: parley chat login URL NAME`);
}
