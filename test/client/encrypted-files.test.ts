/** Files in encrypted chats by the client library, over the real server: as they are sent and opened, and what a server alters of them. */
import { expect, setDefaultTimeout, test } from "bun:test";

import {
  type Conversation,
  type Environment,
  type Media,
  memoryStore,
  type Session,
  type Shown,
} from "../../src/client/sdk/index.ts";
import { fetchBy, opened, type Opened, sees, shown } from "../support/client.ts";
import { Liar, lookedAt, losingAnswer, withKeys } from "../support/e2ee/session.ts";
import { longNote, note, picture } from "../support/files.ts";
import type { Person } from "../support/person.ts";
import { shared } from "../support/shared.ts";

setDefaultTimeout(60_000);

const server = await shared();

const refusedWith = (code: string) => expect.objectContaining({ name: "ParleyError", code });
const named = (file: File) => ({ name: file.name, blob: file });
const read = async (session: Session, media: Media, options = {}) =>
  Buffer.from(await new Response(session.download(media, options)).bytes());
const failure = (reading: Promise<unknown>) =>
  reading.then(
    () => "it went well",
    (error) => error,
  );

interface Two {
  alice: Person;
  bob: Person;
  hers: Opened;
  his: Opened;
  her: Conversation;
  him: Conversation;
  id: number;
  /** His. */
  recoveryKey: string;
}

/** Two people in an encrypted chat; `environment` is hers, `lies` alter what he is answered. */
async function two(environment: Partial<Environment> = {}, lies = new Liar()): Promise<Two> {
  const [alice, bob] = await server.people("alice", "bob");
  const id = await alice.directWith(bob);
  const { session: hers } = await withKeys(server.url, alice, { environment });
  const { session: his, recoveryKey } = await withKeys(server.url, bob, { environment: lies.environment });
  const [her, him] = [hers.chat(id), his.chat(id)];
  await Promise.all([her.open(), him.open()]);
  await her.encryption.turnOn(await her.encryption.preview());
  await sees(() => him.info.value?.encryption.on === true);
  return { alice, bob, hers, his, her, him, id, recoveryKey };
}

/** The message with this text, as it is shown once it was opened. */
async function seen(session: Session, id: number, text: string): Promise<Shown> {
  const find = () => shown(session, id).find((one) => one.message.content === text && one.message.id > 0);
  await sees(() => find()?.encryption?.state === "opened").catch(() => {
    const all = shown(session, id).map((one) => [one.message.content, one.state, one.encryption, one.entry]);
    throw new Error(`${text} was never shown, but ${JSON.stringify(all)}`);
  });
  return find()!;
}

const closeBoth = ({ hers, his }: Two) => Promise.all([hers.close(), his.close()]);

test("files arrive with their bytes, names and types, and the server has seen none of that", async () => {
  const both = await two();
  const { bob, hers, his, her, id } = both;
  const files = [
    longNote(2_500_000, "secret", "plans.txt"),
    picture("../../tea\u202Egnp.png"),
    note("", "nothing.txt"),
  ];
  await her.send("look", { files: files.map(named), type: "image" });
  const { message, encryption } = await seen(his, id, "look");
  expect(encryption!.problems).toEqual([]);
  expect(message.content_type).toBe("file");
  expect(message.media.map((one) => [one.filename, one.mime_type, one.media_type, one.file_size])).toEqual([
    ["plans.txt", files[0]!.type, "document", 2_500_000],
    ["_.._tea_gnp.png", "image/png", "image", files[1]!.size],
    ["nothing.txt", files[2]!.type, "document", 0],
  ]);
  for (const [i, one] of message.media.entries()) {
    expect((await read(his, one)).equals(Buffer.from(await files[i]!.arrayBuffer()))).toBe(true);
  }
  const own = (await seen(hers, id, "look")).message.media[0]!;
  expect((await read(hers, own)).length).toBe(2_500_000);
  const [stored] = (await bob.history(id)).slice(-1);
  expect(stored.media.map((one: Media) => [one.original_filename, one.mime_type, one.encrypted])).toEqual(
    files.map(() => ["file", "application/octet-stream", true]),
  );
  const kept = Buffer.from((await bob.download(stored.media[0].url)).bytes);
  expect(kept.includes("secret secret")).toBe(false);
  expect(JSON.stringify(message)).not.toContain("nonce");
  await closeBoth(both);
});

test("a thumbnail that its sender has made comes with it", async () => {
  const both = await two();
  const { his, her, id } = both;
  const thumbnail = picture();
  await her.send("film", { files: [{ ...named(longNote(100_000)), thumbnail }, named(note("bare"))] });
  const { message } = await seen(his, id, "film");
  expect(message.media.map((one) => one.has_thumbnail)).toEqual([true, false]);
  const [first, second] = message.media;
  expect(
    (await read(his, first!, { thumbnail: true })).equals(Buffer.from(await thumbnail.arrayBuffer())),
  ).toBe(true);
  expect((await read(his, first!)).length).toBe(100_000);
  expect(await failure(read(his, second!, { thumbnail: true }))).toEqual(refusedWith("no_thumbnail"));
  await closeBoth(both);
});

test("the rest of a file comes from where one is, and how far it is only grows", async () => {
  const both = await two();
  const { his, her, id } = both;
  const file = longNote(1_500_000, "rest");
  await her.send("rest", { files: [named(file)] });
  const [media] = (await seen(his, id, "rest")).message.media;
  const told: [number, number][] = [];
  const onProgress = (bytes: number, of: number) => told.push([bytes, of]);
  const rest = await read(his, media!, { from: 1_400_000, onProgress });
  expect(rest.equals(Buffer.from(await file.slice(1_400_000).arrayBuffer()))).toBe(true);
  expect(told.at(-1)).toEqual([1_500_000, 1_500_000]);
  expect(await read(his, media!, { from: 1_500_000 })).toHaveLength(0);
  await closeBoth(both);
});

test("an edit keeps the files, and a deletion takes them away", async () => {
  const both = await two();
  const { his, her, id } = both;
  await her.send("first", { files: [named(note("stays"))] });
  const { message } = await seen(his, id, "first");
  await her.edit(message.id, "second");
  const { message: edited, encryption } = await seen(his, id, "second");
  expect(encryption!.problems).toEqual([]);
  expect((await read(his, edited.media[0]!)).toString()).toBe("stays");
  await her.remove(message.id);
  await sees(() =>
    shown(his, id).some((one) => one.message.is_deleted && one.encryption?.state === "opened"),
  );
  const gone = shown(his, id).find((one) => one.message.id === message.id)!;
  expect([gone.message.media, gone.encryption!.problems]).toEqual([[], []]);
  await closeBoth(both);
});

/** Her surroundings: which files she has uploaded is written down, and `sending` gets each frame with a message before it goes. */
function watched(sending: (socket: WebSocket, send: () => void) => void, more: Partial<Environment> = {}) {
  const uploads: string[] = [];
  class Watched extends WebSocket {
    override send(data: string): void {
      if (data.includes('"send_message"')) sending(this, () => super.send(data));
      else super.send(data);
    }
  }
  const environment: Partial<Environment> = {
    WebSocket: Watched as unknown as typeof WebSocket,
    fetch: fetchBy((input, init) => {
      if (!String(input).endsWith("/media/upload")) return undefined;
      uploads.push(String(input));
      return more.fetch?.(input, init);
    }),
  };
  return { uploads, environment };
}

test("a message whose answer was lost is there once, with the files that were uploaded once", async () => {
  let isLost = false;
  const { uploads, environment } = watched((socket, send) => {
    send();
    if (!isLost) socket.close();
    isLost = true;
  });
  const both = await two(environment);
  const { his, her, hers, id } = both;
  await her.send("once", { files: [named(note("only once"))] });
  const { message, encryption } = await seen(his, id, "once");
  await hers.drained();
  expect([isLost, encryption!.problems]).toEqual([true, []]);
  expect((await read(his, message.media[0]!)).toString()).toBe("only once");
  expect(uploads).toHaveLength(1);
  expect(shown(his, id).filter((one) => one.message.content === "once")).toHaveLength(1);
  await closeBoth(both);
});

test("an upload whose answer was lost is made again, and its message is there once", async () => {
  const { uploads, environment } = watched((_, send) => send(), losingAnswer("/media/upload"));
  const both = await two(environment);
  const { his, her, id } = both;
  await her.send("again", { files: [named(note("sealed twice"))] });
  const { message } = await seen(his, id, "again");
  expect((await read(his, message.media[0]!)).toString()).toBe("sealed twice");
  expect(uploads).toHaveLength(2);
  await closeBoth(both);
});

/** Hours after which she starts again: an upload counts as forgotten after 23, and after 24 a message asks whether it is still meant. */
test.each([0, 30])(
  "started again %d hours later, the same upload goes out with the same message",
  async (hours) => {
    const [alice, bob] = await server.people("alice", "bob");
    const id = await alice.directWith(bob);
    const store = memoryStore();
    let isDown = false;
    const { uploads, environment } = watched((_, send) => isDown || send());
    const { session: first } = await withKeys(server.url, alice, { store, environment });
    const { session: his } = await withKeys(server.url, bob);
    await Promise.all([first.chat(id).open(), his.chat(id).open()]);
    await first.chat(id).encryption.turnOn(await first.chat(id).encryption.preview());
    isDown = true;
    const files = [{ ...named(note("the same upload")), thumbnail: picture() }];
    await first.chat(id).send("survives", { files });
    await sees(() => first.outbox.value.some((one) => one.state === "sending" && one.sealed !== undefined));
    await first.close();
    isDown = false;
    const now = () => Date.now() + hours * 3_600_000;
    await using second = await opened(server.url, undefined, { store, environment: { ...environment, now } });
    await second.live();
    for (const { key, state } of second.outbox.value) if (state === "asks") await second.retry(key);
    await second.drained();
    const { message, encryption } = await seen(his, id, "survives");
    expect(encryption!.problems).toEqual([]);
    expect((await read(his, message.media[0]!)).toString()).toBe("the same upload");
    expect(uploads).toHaveLength(1);
    await his.close();
  },
);

test("what was uploaded before the chat was encrypted is sealed, and uploaded anew", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const id = await alice.directWith(bob);
  const store = memoryStore();
  let isDown = true;
  const { uploads, environment } = watched((_, send) => isDown || send());
  const { session: first } = await withKeys(server.url, alice, { store, environment });
  const { session: his } = await withKeys(server.url, bob);
  await Promise.all([first.chat(id).open(), his.chat(id).open()]);
  await first.chat(id).send("in time", { files: [named(note("not in the clear"))] });
  await sees(() => first.outbox.value.some((one) => one.state === "sending"));
  await first.close();
  await his.chat(id).encryption.turnOn(await his.chat(id).encryption.preview());
  isDown = false;
  await using second = await opened(server.url, undefined, { store, environment });
  await second.live();
  await second.drained();
  const { message } = await seen(his, id, "in time");
  expect((await read(his, message.media[0]!)).toString()).toBe("not in the clear");
  expect(uploads).toHaveLength(2);
  await his.close();
});

/** He is answered with other bytes for files. */
function altering(alter: (bytes: Uint8Array, url: string) => Uint8Array | Promise<Uint8Array>) {
  const lies = new Liar();
  const { fetch: honest } = lies.environment;
  lies.environment.fetch = fetchBy((input, init) => {
    if (!/\/api\/media\/\d+$/.test(String(input))) return honest(input, init);
    return fetch(input, init).then(async (response) => {
      const bytes = await alter(await response.bytes(), String(input));
      return new Response(bytes as Uint8Array<ArrayBuffer>, { status: 200 });
    });
  });
  return lies;
}

const alterations: [string, (bytes: Uint8Array) => Uint8Array][] = [
  ["is cut off behind a piece", (bytes) => bytes.slice(0, 1_048_576 + 16)],
  ["is cut off in a piece", (bytes) => bytes.slice(0, -1)],
  ["has something behind it", (bytes) => Buffer.concat([bytes, bytes.slice(0, 100)])],
  ["is changed in one bit", (bytes) => bytes.map((one, i) => (i === 1_200_000 ? one ^ 1 : one))],
  ["is empty", () => new Uint8Array()],
];

test.each(alterations)(
  "a file that %s is refused in words, and nothing wrong is given out",
  async (_, alter) => {
    const both = await two({}, altering(alter));
    const { his, her, id } = both;
    const file = longNote(1_500_000, "whole");
    await her.send("whole", { files: [named(file)] });
    const [media] = (await seen(his, id, "whole")).message.media;
    const given: Uint8Array[] = [];
    const reading = (async () => {
      for await (const bytes of his.download(media!)) given.push(bytes);
    })();
    expect(await failure(reading)).toEqual(refusedWith("file_damaged"));
    const got = Buffer.concat(given);
    expect(got.length).toBeLessThan(file.size);
    expect(got.equals(Buffer.from(await file.slice(0, got.length).arrayBuffer()))).toBe(true);
    await closeBoth(both);
  },
);

test("two files whose ciphertexts the server has swapped are both refused", async () => {
  const ids: number[] = [];
  const swapped = altering(async (bytes, url) => {
    const other = ids.find((one) => !url.endsWith(`/${one}`));
    if (other === undefined) return bytes;
    return (await both.alice.download(`/api/media/${other}`)).bytes;
  });
  const both = await two({}, swapped);
  const { his, her, id } = both;
  await her.send("pair", { files: [named(note("this one")), named(note("that one"))] });
  const { media } = (await seen(his, id, "pair")).message;
  ids.push(...media.map((one) => one.id));
  for (const one of media) expect(await failure(read(his, one))).toEqual(refusedWith("file_damaged"));
  await closeBoth(both);
});

const shownOtherwise: [string, (media: Media[]) => Media[], string[], string][] = [
  [
    "a plain file in place of one",
    (all) => all.map((one) => ({ ...one, encrypted: false })),
    [],
    "not there",
  ],
  ["none of its files", () => [], [], "not there"],
  ["another file", (all) => all.map((one) => ({ ...one, id: one.id + 1_000_000 })), [], "does not name"],
  [
    "a plain file beside it",
    (all) => [...all, { ...all[0]!, id: 1_000_000, encrypted: false, filename: "false.txt" }],
    ["true.txt"],
    "does not name",
  ],
];

test.each(shownOtherwise)(
  "where the server shows %s, only what the message names is shown, and that something is wrong",
  async (_, alter, names, why) => {
    const both = await two();
    const { bob, her, his, id } = both;
    await her.send("true", { files: [named(note("true", "true.txt"))] });
    await seen(his, id, "true");
    await closeBoth(both);
    const lie = (_name: string, value: any) =>
      value?.encrypted === true && value.media ? { ...value, media: alter(value.media) } : value;
    const environment = {
      fetch: fetchBy((input, init) => {
        if (!/api\/(chats|messages)\b/.test(String(input))) return undefined;
        return fetch(input, init).then(async (honest) => {
          const body = JSON.parse(await honest.text(), lie);
          return Response.json(body, { status: honest.status });
        });
      }),
    };
    await using again = await lookedAt(server.url, bob, { environment });
    await again.encryption.unlock({ recoveryKey: both.recoveryKey });
    await again.chat(id).open();
    const { message, encryption } = await seen(again, id, "true");
    expect(message.media.map((one) => one.filename)).toEqual(names);
    expect(encryption!.problems.join()).toContain(why);
  },
);

test("a copy of what is shown, or a file from elsewhere, is refused and not given as ciphertext", async () => {
  const both = await two();
  const { his, her, id } = both;
  await her.send("mine", { files: [named(note("mine"))] });
  const [media] = (await seen(his, id, "mine")).message.media;
  expect(await failure(read(his, { ...media! }))).toEqual(refusedWith("not_opened"));
  await closeBoth(both);
});
