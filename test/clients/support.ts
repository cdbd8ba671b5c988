/** What the tests of generated clients share: a server, a directory to make a client in, and the tools that make it. */
import { expect } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { Home, type Running } from "../support/executable.ts";

const photo = resolve(import.meta.dir, "../fixtures/media/photo.jpg");
/** Where the generators are kept from one run to the next. */
const cache = resolve(import.meta.dir, "../../node_modules/.cache/clients");

/** What each program says when a part of its work has come out right. */
const parts = ["talks", "uploads", "pages", "refusals", "clears"];
/** A greeting, a photo, and the history that is paged through. */
const messagesSent = 122;

/** A server with its documents, and a directory for what is generated, which goes in the end. */
export class Workshop {
  readonly directory = mkdtempSync(join(tmpdir(), "parley-client-"));
  readonly openApi = join(this.directory, "openapi.json");
  readonly asyncApi = join(this.directory, "asyncapi.json");
  readonly #home = new Home();
  #server!: Running;

  static async open(): Promise<Workshop> {
    const workshop = new Workshop();
    const server = (workshop.#server = await workshop.#home.start());
    for (const path of [workshop.openApi, workshop.asyncApi]) {
      await Bun.write(path, await fetch(`${server.url}/${path.split("/").at(-1)}`));
    }
    return workshop;
  }

  /** Runs a command in the directory; returns what it printed. */
  run(command: string[], env: Record<string, string> = {}): Promise<string> {
    return run(command, { cwd: this.directory, env });
  }

  /** Runs the program that uses the client, and looks whether the server has what it says it did. */
  async talk(command: string[], env: Record<string, string> = {}): Promise<void> {
    const said = await this.run(command, { ...env, PARLEY_URL: this.#server.url, PHOTO: photo });
    expect(said.trim().split("\n")).toEqual(parts);
    const ada = await this.#server.login("ada");
    const [chat] = (await ada.get("/api/chats")).body.chats;
    expect(chat).toMatchObject({ chat_type: "direct", peer: { username: "ben" } });
    expect(chat.last_message.seq).toBe(messagesSent);
    const { media } = (await ada.get(`/api/chats/${chat.id}/media`)).body;
    expect(media).toMatchObject([{ original_filename: "photo.jpg", mime_type: "image/jpeg" }]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#home[Symbol.asyncDispose]();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Installs npm packages once, without their install scripts; returns the directory that has `node_modules`. */
export function npmTools(...packages: string[]): Promise<string> {
  const options = ["--ignore-scripts", "--no-audit", "--no-fund"];
  return once(packages, (directory) =>
    run(["npm", "install", ...options, "--prefix", directory, ...packages]),
  );
}

/** Installs Python packages once; returns the directory that has them, and their programs in `bin`. */
export function pythonTools(...packages: string[]): Promise<string> {
  return once(packages, (directory) => pipInstall(directory, ...packages));
}

/** Installs Python packages, or what a directory has, into a directory of their own. */
export function pipInstall(directory: string, ...packages: string[]): Promise<string> {
  return run(["python3", "-m", "pip", "install", "--quiet", "--target", directory, ...packages]);
}

/** Fetches openapi-generator once, and has it make the client in `client`. */
export async function openApiGenerator(workshop: Workshop, ...options: string[]): Promise<void> {
  const version = "7.25.0";
  const artifact = `org.openapitools:openapi-generator-cli:${version}`;
  const directory = await once([artifact], (directory) =>
    run(["mvn", "-q", "-B", "dependency:copy", `-Dartifact=${artifact}`, `-DoutputDirectory=${directory}`]),
  );
  const jar = join(directory, `openapi-generator-cli-${version}.jar`);
  await workshop.run(["java", "-jar", jar, "generate", "-i", workshop.openApi, "-o", "client", ...options]);
}

/** A directory in the cache for what others build again and again. */
export function cacheDirectory(name: string): string {
  const directory = join(cache, name);
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** A directory of the cache, filled unless it is there; one that could not be filled to the end is not there. */
async function once(names: string[], fill: (directory: string) => Promise<unknown>): Promise<string> {
  const directory = join(cache, names.join("+").replaceAll(/[^\w.@+-]/g, "_"));
  if (existsSync(directory)) return directory;
  const unfinished = `${directory}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  await fill(unfinished);
  renameSync(unfinished, directory);
  return directory;
}

/** Runs a command; returns what it printed, unless it fails. */
export async function run(
  command: string[],
  { cwd = cache, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<string> {
  mkdirSync(cwd, { recursive: true });
  const child = Bun.spawn(command, { cwd, env: { ...process.env, ...env }, stdout: "pipe", stderr: "pipe" });
  const [out, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(`${command.join(" ")}\n${out}${errors}`);
  return out;
}
