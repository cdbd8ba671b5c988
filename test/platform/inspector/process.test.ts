import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Findings, type Job, TooShort } from "../../../src/platform/inspector/inspector.ts";
import { inspectCommand, ProcessInspector } from "../../../src/platform/inspector/process.ts";
import { fixture } from "../../fixtures/media/expected.ts";
import { burning } from "../../support/hostile.ts";
import { noDecoders } from "../../support/decoders.ts";
import { childrenOf, ended, statOf } from "../../support/processes.ts";

setDefaultTimeout(20_000);

const support = join(import.meta.dir, "../../support");
const directory = mkdtempSync(join(tmpdir(), "parley-inspect-"));
afterAll(() => rmSync(directory, { recursive: true }));

const megabyte = 1024 * 1024;
const generous = { milliseconds: 15_000, bytes: 1024 * megabyte };

/** The process that does what the type of a job says (support/odd-child.ts). */
const oddChild = [process.execPath, join(support, "odd-child.ts")];

class Opened extends ProcessInspector {
  constructor(command: string[], limits: Partial<typeof generous> = {}) {
    super({ command, limits: { ...generous, ...limits } });
  }

  /** Has the odd child act. */
  act(type: string, file = ""): Promise<Findings> {
    return this.inspect({ file, type, picture: { file: "", side: 1, square: false } });
  }

  /** The same, and what comes of it in so many milliseconds; answers how long it took as well. */
  async actFor(milliseconds: number, type: string): Promise<{ found: Findings | Error; took: number[] }> {
    const took: number[] = [];
    const allowance = { milliseconds, took: (one: number) => void took.push(one) };
    const job = { file: "", type, picture: { file: "", side: 1, square: false } };
    const found = await this.inspect(job, allowance).catch((error: Error) => error);
    return { found, took };
  }

  /** The number of the process, how many jobs it has had, and the file. */
  async who(): Promise<string[]> {
    return (await this.act("fine", "file")).failed!.split(" ");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

let jobs = 0;

/** A job for the real process, with places of its own for what it makes. */
function jobFor(file: string, type = "image/jpeg"): Job & { clean: string } {
  const made = join(directory, `${++jobs}`);
  return {
    file,
    type,
    clean: `${made}.jpg`,
    picture: { file: `${made}.webp`, side: 320, square: false },
  };
}

function write(name: string, bytes: Uint8Array): string {
  const file = join(directory, name);
  writeFileSync(file, bytes);
  return file;
}

// The real process

test("a photo is looked at, cleaned and made into a thumbnail in another process", async () => {
  await using inspector = new Opened(inspectCommand(directory, noDecoders));
  expect(inspector.codec).toBeUndefined();
  const job = jobFor(fixture("photo.jpg"));
  const found = await inspector.inspect(job);
  expect(found).toEqual({ kind: "image", width: 480, height: 640, cleaned: true, pictured: true });
  expect(inspector.codec).toEqual({ images: "sharp" });
  expect(readFileSync(job.clean).length).toBeGreaterThan(1000);
  expect(readFileSync(job.picture.file).toString("latin1", 8, 12)).toBe("WEBP");
  // What fails does not end it, and says what was done before.
  const whole = readFileSync(fixture("alpha.png"));
  const half = jobFor(write("damaged.png", whole.subarray(0, whole.length >> 1)), "image/png");
  const size = { kind: "image", width: 160, height: 120 } as const;
  expect(await inspector.inspect(half)).toEqual({
    ...size,
    cleaned: false,
    failed: expect.stringContaining("read error"),
  });
  expect((await inspector.inspect(jobFor("/nowhere"))).failed).toContain("missing");
  expect((await inspector.inspect(jobFor(fixture("plain.jpg")))).pictured).toBe(true);
  expect(childrenOf(process.pid, "inspect")).toHaveLength(1);
});

test("it gives way to everything, and ends with the server even in the middle of a file", async () => {
  const file = write("burning.jpg", burning());
  const parent = Bun.spawn(
    [process.execPath, join(support, "inspecting.ts"), directory, file, join(directory, "burnt.webp")],
    { stdout: "pipe" },
  );
  const said = await parent.stdout.getReader().read();
  expect(Buffer.from(said.value!).toString()).toBe("begun\n");
  const [child] = childrenOf(parent.pid, "inspect");
  expect(readFileSync(`/proc/${child}/oom_score_adj`, "utf8").trim()).toBe("1000");
  // proc_pid_stat(5): nice is the 19th field, of which the first two have been taken off.
  expect(statOf(child!)![16]).toBe("10");
  expect(readFileSync(`/proc/${child}/environ`, "utf8")).toBe("");
  parent.kill("SIGKILL");
  await parent.exited;
  await ended(child!);
});

test("a file that fails is looked at once, and ends the process that has had others before", async () => {
  await using inspector = new Opened(oddChild);
  expect(await inspector.act("good")).toEqual({});
  const [pid, nth] = await inspector.who();
  expect(nth).toBe("2");
  await ended(Number(pid));
});

test("what the system does not let it do is nobody's fault, and the next file has a new process", async () => {
  await using inspector = new Opened(oddChild);
  const [before] = await inspector.who();
  expect(inspector.act("trouble")).rejects.toThrow("a full disk");
  const [after, nth] = await inspector.who();
  expect([after === before, nth]).toEqual([false, "1"]);
  await ended(Number(before));
});

// Its limits

test("what takes too long is ended, and what comes next has a new process", async () => {
  await using inspector = new Opened(oddChild, { milliseconds: 1000 });
  const [before] = await inspector.who();
  const [hung, [after, nth]] = await Promise.all([inspector.act("hang"), inspector.who()]);
  expect(hung).toEqual({ failed: "it took longer than 1 s" });
  expect([after === before, nth]).toEqual([false, "1"]);
  await ended(Number(before));
  // What was cleaned before counts all the same.
  const [cleaned, who] = await Promise.all([inspector.act("clean and hang"), inspector.who()]);
  expect(cleaned).toEqual({ failed: "it took longer than 1 s", cleaned: true });
  expect(who[1]).toBe("1");
});

test("a short look that is not enough is no failure, and what it took is told", async () => {
  await using inspector = new Opened(oddChild, { milliseconds: 2000 });
  const [before] = await inspector.who();
  const short = await inspector.actFor(300, "clean and hang");
  expect(short).toEqual({ found: expect.any(TooShort), took: [expect.any(Number)] });
  // And what it takes to begin anew.
  expect(short.took[0]).toBeGreaterThan(300);
  const [after, nth] = await inspector.who();
  expect([after === before, nth]).toEqual([false, "1"]);
  // As long as a file may have in all, and longer, is the end of it.
  for (const milliseconds of [2000, 5000]) {
    const { found, took } = await inspector.actFor(milliseconds, "hang");
    expect(found).toEqual({ failed: "it took longer than 2 s" });
    expect(took).toHaveLength(1);
  }
  const { found, took } = await inspector.actFor(1000, "good");
  expect([found, took]).toEqual([{}, [expect.any(Number)]]);
});

test("what takes too much memory is ended, and what comes next has a new process", async () => {
  await using inspector = new Opened(oddChild, { bytes: 120 * megabyte });
  const [swollen, [, nth]] = await Promise.all([inspector.act("swell"), inspector.who()]);
  expect([swollen, nth]).toEqual([{ failed: "it needed more than 120 MB" }, "1"]);
});

test("a picture that takes too long has been cleaned all the same", async () => {
  await using inspector = new Opened(inspectCommand(directory, noDecoders), { milliseconds: 1000 });
  const comment = Buffer.from("\xff\xfe\0\x08secret", "latin1");
  const bytes = Buffer.from(burning());
  const told = Buffer.concat([bytes.subarray(0, 2), comment, bytes.subarray(2)]);
  const job = jobFor(write("told.jpg", told));
  expect(await inspector.inspect(job)).toEqual({ failed: "it took longer than 1 s", cleaned: true });
  expect(readFileSync(job.clean).equals(bytes)).toBe(true);
});

// What a process may do that a file has taken over

test.each([
  ["exit", "code 3"],
  ["kill", "SIGKILL"],
])("a process that ends in the middle of a file (%s) takes only that file with it", async (act, how) => {
  await using inspector = new Opened(oddChild);
  const [ended, [, nth]] = await Promise.all([inspector.act(act), inspector.who()]);
  expect([ended, nth]).toEqual([{ failed: `the decoder ended with ${how}` }, "1"]);
  const cleaned = await inspector.act("clean and end");
  expect(cleaned).toEqual({ failed: "the decoder ended with code 1", cleaned: true });
  expect((await inspector.who())[1]).toBe("1");
});

test.each(["nonsense", "null", "no findings", "strange findings", "endless line"])(
  "a process that says what is no answer (%s) is ended, and harms nobody",
  async (act) => {
    await using inspector = new Opened(oddChild);
    const [strange, [, nth]] = await Promise.all([inspector.act(act), inspector.who()]);
    expect([strange, nth]).toEqual([{ failed: "the decoder said what is no answer" }, "1"]);
  },
);

test("what ends a process behind the answer for one file is not laid to the next one", async () => {
  await using inspector = new Opened(oddChild);
  for (let i = 0; i < 5; i++) {
    const [first, [, nth]] = await Promise.all([inspector.act("end after the answer", "a"), inspector.who()]);
    expect([first, nth]).toEqual([{ failed: "a" }, "1"]);
  }
  // What ends a new one, too, is to blame, and is not tried for ever.
  await inspector.who();
  expect((await inspector.act("exit")).failed).toBe("the decoder ended with code 3");
});

test("nothing of the server's environment is for it", async () => {
  await using inspector = new Opened(oddChild);
  expect(process.env["PATH"]).toBeTruthy();
  expect(await inspector.act("environment")).toEqual({ failed: "{}" });
});

// Beginning and ending

test("where it does not start, whoever asks is told why, and the next one tries again", async () => {
  await using missing = new Opened(["/nowhere/parley"]);
  expect(missing.act("fine")).rejects.toThrow("ENOENT");
  expect(missing.start()).rejects.toThrow("ENOENT");
  const flag = join(directory, "well");
  const script = `if (!require("fs").existsSync(${JSON.stringify(flag)})) { console.error("x".repeat(1e6), "no room"); process.exit(9); }
    await import(${JSON.stringify(oddChild[1])});`;
  await using unwell = new Opened([process.execPath, "-e", script]);
  const [first, second] = await Promise.allSettled([unwell.act("fine"), unwell.act("fine")]);
  for (const one of [first, second]) {
    const { message } = (one as PromiseRejectedResult).reason as Error;
    expect(message).toMatch(/ended with code 9: x+ no room\n$/);
    expect(message.length).toBeLessThan(2100);
  }
  expect(unwell.codec).toBeUndefined();
  writeFileSync(flag, "");
  expect((await unwell.who())[1]).toBe("1");
});

test("one is looked at after another", async () => {
  await using inspector = new Opened(oddChild);
  const order: string[] = [];
  const names = ["one", "two", "three"];
  const asks = (name: string) => inspector.act("fine", name).then(() => void order.push(name));
  await Promise.all(names.map(asks));
  expect(order).toEqual(names);
});

test("closing ends it at once, and tells all who wait", async () => {
  const inspector = new Opened(oddChild);
  const [pid] = await inspector.who();
  const waiting = [inspector.act("hang"), inspector.act("fine"), inspector.act("fine")];
  const told = Promise.allSettled(waiting);
  await inspector.close();
  expect(statOf(Number(pid))).toBeUndefined();
  for (const one of [...(await told), ...(await Promise.allSettled([inspector.act("fine")]))]) {
    expect((one as PromiseRejectedResult).reason).toMatchObject({ code: "stopping" });
  }
  expect(childrenOf(process.pid, oddChild[1]!)).toEqual([]);
  const starting = new Opened(oddChild);
  const early = Promise.allSettled([starting.act("fine")]);
  await starting.close();
  expect(((await early)[0] as PromiseRejectedResult).reason).toMatchObject({ code: "stopping" });
});
