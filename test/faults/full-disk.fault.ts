/** A disk without space: a small file system in memory, which takes root to mount. */
import { expect, test } from "bun:test";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { fixture } from "../fixtures/media/expected.ts";
import { Home } from "../support/executable.ts";
import { bytesOf, longNote, picture } from "../support/files.ts";
import { compareWithHistory } from "../support/history.ts";
import { kept, rows } from "../support/kept.ts";
import { Load } from "../support/load.ts";
import { moment } from "../support/moment.ts";
import { Chance } from "../support/random.ts";

const megabyte = 1024 * 1024;

class SmallDisk {
  readonly #ballast: string;

  constructor(
    private readonly directory: string,
    megabytes: number,
  ) {
    mkdirSync(directory, { recursive: true });
    run("mount", "-t", "tmpfs", "-o", `size=${megabytes}m,mode=700`, "parley-test", directory);
    this.#ballast = join(directory, "ballast");
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.directory);
    return bavail * bsize;
  }

  /** Something else takes up space. */
  fill(bytes: number): void {
    writeFileSync(this.#ballast, Buffer.alloc(bytes), { flag: "a" });
  }

  makeSpace(): void {
    rmSync(this.#ballast);
  }

  [Symbol.dispose](): void {
    run("umount", "--lazy", this.directory);
  }
}

function run(...command: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(command);
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString()}`);
}

/** What it unpacks of itself has its place on the disk. */
async function codecKnown({ url }: { url: string }): Promise<void> {
  const images = async () => ((await (await fetch(`${url}/health`)).json()) as any).checks.images;
  while (!(await images())) await moment(50);
}

const cases = [
  // The log finds no space.
  { name: "while the log grows", CHECKPOINT_MB: "64" },
  // The database file finds none either when the log is to be moved into it.
  { name: "while the log is emptied", CHECKPOINT_MB: "1" },
];

test.each(cases)(
  "a disk that gets full $name: writes are refused, the rest goes on, and space heals it",
  async ({ CHECKPOINT_MB }) => {
    await using home = new Home();
    using disk = new SmallDisk(home.dataDir, 64);
    const server = await home.start({ settings: { CHECKPOINT_MB } });
    await codecKnown(server);
    disk.fill(disk.freeBytes - 16 * megabyte);
    const chance = new Chance();
    const load = await Load.prepare(server, {
      people: 10,
      chats: 2,
      window: 4,
      chance,
      longest: 16_000,
      expected: "storage_full",
    });
    await load.connect(server.url);
    load.talk();
    await load.until(() => load.refused > 0);
    // Until nothing at all fits any more: everybody has all of theirs refused.
    for (let before = -1; before !== load.acknowledged.size;) {
      before = load.acknowledged.size;
      load.repeat();
      await moment(300);
    }
    load.talking = false;
    const full = load.acknowledged.size;
    const free = disk.freeBytes;

    const [alice] = load.people;
    const [chat] = load.conversations.keys();
    const refused = await alice!.post(`/api/messages/${chat}`, { content: "x".repeat(16_000) });
    expect(refused).toMatchObject({ status: 507, body: { code: "storage_full" } });
    expect((await alice!.get(`/api/messages/${chat}`)).status).toBe(200);
    expect((await alice!.get("/api/auth/me")).status).toBe(200);
    const health = await alice!.get("/health");
    expect([200, 503]).toContain(health.status);
    const socket = await alice!.connect();
    await socket.settled();

    disk.makeSpace();
    const since = performance.now();
    while ((await alice!.post(`/api/messages/${chat}`, { content: "x".repeat(16_000) })).status !== 201) {
      await moment(50);
    }
    const recovered = performance.now() - since;
    expect((await socket.next("new_message"))["message"].sender_id).toBe(alice!.id);
    load.repeat();
    await load.finish();
    expect((await alice!.get("/health")).status).toBe(200);
    console.log(
      `${full} messages acknowledged when ${free} bytes were free, ${load.refused} refusals, ` +
        `health ${health.status} meanwhile, writing again after ${Math.round(recovered)} ms, ` +
        `${load.acknowledged.size} acknowledged in the end`,
    );
    expect(load.problems).toEqual([]);
    expect(recovered).toBeLessThan(5000);
    // Nobody has heard of a message that is not there, and no refused one is there twice.
    await compareWithHistory(load, server.url);
    expect(server.errors).toBe("");
    expect(await server.kill("SIGTERM")).toBe(0);
  },
  60_000,
);

test("a disk that gets full while a file comes: the file is refused, nothing of it stays, and messages go on", async () => {
  await using home = new Home();
  using disk = new SmallDisk(home.dataDir, 96);
  const settings = { DISK_RESERVE_MB: "0", MAX_DOCUMENT_BYTES: "209715200" };
  const server = await home.start({ settings });
  const alice = await server.register("alice");
  const chat = await alice.group("Notes");
  await codecKnown(server);
  const free = disk.freeBytes;
  const tooMuch = longNote(Math.ceil(free * 1.1));
  expect(await alice.upload([tooMuch])).toMatchObject({ status: 507, body: { code: "storage_full" } });
  expect(kept(home.dataDir)).toEqual({ media: [], thumbnails: [], unfinished: [], strays: [] });
  expect(rows(home.dataDir)).toEqual({ files: 0, media: 0, bytes: 0 });
  expect((await alice.say(chat, "still here")).content).toBe("still here");
  expect((await alice.upload([longNote(Math.floor(free / 2))])).status).toBe(201);

  // By default files stop while there is room for messages.
  await server.kill("SIGTERM");
  const careful = await home.start({ settings: { DISK_RESERVE_MB: "256" } });
  await careful.caller();
  const again = careful.as(alice.signedIn);
  expect(await again.upload([longNote(1000)])).toMatchObject({ status: 507, body: { code: "storage_full" } });
  expect((await again.say(chat, "and here")).content).toBe("and here");
}, 60_000);

test("a film for whose clean copy there is no room waits for it, while messages go on", async () => {
  await using home = new Home();
  using disk = new SmallDisk(home.dataDir, 128);
  disk.fill(40 * megabyte);
  // How others wait for it is not what this is about.
  const server = await home.start({ settings: { DISK_RESERVE_MB: "4", MEDIA_WAIT_SECONDS: "0" } });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const chat = await alice.directWith(bob);
  await codecKnown(server);
  const socket = await bob.connect();
  const film = await filmOf(Math.floor(disk.freeBytes * 0.6));
  const [file] = (await alice.upload([film])).body.media;
  await alice.say(chat, "look", { media_ids: [file.id] });
  // Until it has been tried, and after that.
  while (!server.log.some((line) => line.includes("no disk space to process a file"))) await moment(50);
  for (let i = 0; i < 100; i++) expect((await alice.say(chat, `${i}`)).content).toBe(`${i}`);
  expect(await bob.download(file.url)).toMatchObject({ status: 409, body: { code: "media_not_ready" } });
  // Nor does a smaller one wait, of the same person.
  const [small] = (await alice.upload([picture()])).body.media;
  const isReady = async () => (await alice.get(`${small.url}/info`)).body.state === "ready";
  while (!(await isReady())) await moment(50);
  expect(await bob.download(file.url)).toMatchObject({ status: 409, body: { code: "media_not_ready" } });
  expect(disk.freeBytes).toBeGreaterThan(4 * megabyte);

  disk.makeSpace();
  const { message } = await socket.next("message_updated");
  expect(message.media[0]).toMatchObject({ state: "ready", metadata_removed: true });
  const { bytes } = await bob.download(file.url);
  expect(Buffer.from(bytes).includes("+48.8577")).toBe(false);
}, 60_000);

/** A film with the place where it was taken, made larger. */
async function filmOf(size: number): Promise<File> {
  const film = Buffer.from(await Bun.file(fixture("h264.mov")).bytes());
  expect(film.includes("+48.8577")).toBe(true);
  const padding = Buffer.alloc(size - film.length, "x");
  padding.writeUInt32BE(padding.length, 0);
  padding.write("free", 4);
  return bytesOf(new Uint8Array(Buffer.concat([film, padding])), "film.mov");
}
