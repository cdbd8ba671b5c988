import { expect, setDefaultTimeout, test } from "bun:test";

import { SealedChat } from "../support/e2ee/sealed-chat.ts";
import { note, picture } from "../support/files.ts";
import { kept, rows } from "../support/kept.ts";
import { pair } from "../support/pair.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";

setDefaultTimeout(20_000);

const text = async (person: { download(path: string): Promise<{ bytes: Uint8Array }> }, url: string) =>
  Buffer.from((await person.download(url)).bytes).toString();

test("a file is sent ahead of its message, and everybody in the chat can have it", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const sent = await alice.upload([note("hello", "a note.txt")]);
  expect(sent.status).toBe(201);
  const [file] = sent.body.media;
  expect(file).toMatchObject({
    message_id: null,
    filename: "a note.txt",
    original_filename: "a note.txt",
    file_size: 5,
    mime_type: "text/plain",
    media_type: "document",
    state: "ready",
    encrypted: false,
    has_thumbnail: false,
    url: `/api/media/${file.id}`,
    thumbnail_url: null,
  });
  expectRefused(await bob.download(file.url), 404, "not_found");
  const socket = await bob.connect();
  const message = await alice.say(chat, "", { media_ids: [file.id] });
  expect(message.media).toEqual([{ ...file, message_id: message.id }]);
  expect((await socket.next("new_message"))["message"]).toEqual(message);
  expect((await bob.history(chat))[0].media).toEqual(message.media);
  expect(await text(bob, file.url)).toBe("hello");
  expect((await bob.get(`${file.url}/info`)).body).toEqual(message.media[0]);
});

test("files are put into a message that is there already, and the chat is told", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const message = await alice.say(chat, "look");
  const socket = await bob.connect();
  const first = (await alice.upload([note("1"), note("2")], message)).body.media;
  const told = await socket.next("message_updated");
  expect(told["message"]).toMatchObject({ id: message.id, content: "look", is_edited: false, media: first });
  const second = (await alice.upload([note("3")], message)).body.media;
  expect((await socket.next("message_updated"))["message"].media).toEqual([...first, ...second]);
  expect((await alice.history(chat))[0].media).toEqual([...first, ...second]);
});

test("files are in the order in which the message names them, over the socket, too", async () => {
  const { server, alice, chat } = await pair();
  await using _ = server;
  const files = (await alice.upload([note("a"), note("b"), note("c")])).body.media;
  const ids = [files[2].id, files[0].id, files[1].id];
  const socket = await alice.connect();
  const ack = await socket.ask({ type: "send_message", chat_id: chat, media_ids: ids });
  expect(ack["message"].media.map((one: { id: number }) => one.id)).toEqual(ids);
  const [message] = await alice.history(chat);
  expect(message.media.map((one: { id: number }) => one.id)).toEqual(ids);
});

test("what is added later comes behind what is there, also when some of that is gone", async () => {
  const { server, alice, chat } = await pair();
  await using _ = server;
  const message = await alice.say(chat, "look");
  const [a, b, c] = (await alice.upload([note("a"), note("b"), note("c")], message)).body.media;
  await alice.delete(a.url);
  await alice.delete(b.url);
  const [d] = (await alice.upload([note("d")], message)).body.media;
  const [seen] = await alice.history(chat);
  expect(seen.media.map((one: { id: number }) => one.id)).toEqual([c.id, d.id]);
});

test("a message that was lost on the way and is sent again has its files once", async () => {
  const { server, alice, chat } = await pair();
  await using _ = server;
  const [file] = (await alice.upload([note("hello")])).body.media;
  const send = () => alice.post(`/api/messages/${chat}`, { client_id: "once", media_ids: [file.id] });
  const [first, again] = [await send(), await send()];
  expect([first.status, again.status]).toEqual([201, 200]);
  expect(again.body).toEqual(first.body);
  expect(again.body.media).toHaveLength(1);
});

test("only files of one's own that still wait can be put into a message", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const [mine, used] = (await alice.upload([note("1"), note("2")])).body.media;
  const [others] = (await bob.upload([note("3")])).body.media;
  await alice.say(chat, "", { media_ids: [used.id] });
  const send = (...media_ids: number[]) => alice.post(`/api/messages/${chat}`, { media_ids });
  expectInvalid(await send(mine.id, used.id), "media_ids.1");
  expectInvalid(await send(others.id), "media_ids.0");
  expectInvalid(await send(mine.id, mine.id), "media_ids.1");
  expectInvalid(await send(999), "media_ids.0");
  expectInvalid(await send(), "content");
  expect((await send(mine.id)).status).toBe(201);
});

test("a message has ten files at most, whichever way they come", async () => {
  const { server, alice, chat } = await pair();
  await using _ = server;
  const ten = Array.from({ length: 10 }, (_, i) => note(`${i}`));
  expectInvalid(await alice.upload([...ten, note("11")]), "files");
  const { media } = (await alice.upload(ten)).body;
  const ids = media.map((one: { id: number }) => one.id);
  expectInvalid(await alice.post(`/api/messages/${chat}`, { media_ids: [...ids, 1] }), "media_ids");
  const message = await alice.say(chat, "", { media_ids: ids });
  expectInvalid(await alice.upload([note("one more")], message), "files");
  expect((await alice.history(chat))[0].media).toHaveLength(10);
});

test("an upload is all or nothing", async () => {
  const { server, alice } = await pair();
  await using _ = server;
  const program = new File(["\x7fELF\x02\x01\x01\0\0"], "a.out");
  expectRefused(await alice.upload([note("fine"), program]), 415, "type_not_allowed");
  await server.settled();
  expect(kept(server.dataDir)).toEqual({ media: [], thumbnails: [], unfinished: [], strays: [] });
  expect(rows(server.dataDir)).toEqual({ files: 0, media: 0, bytes: 0 });
});

test("what is no form with files is refused, and the reason named", async () => {
  const { server, alice } = await pair();
  await using _ = server;
  const path = "/api/media/upload";
  const send = (raw: string | FormData, type?: string) =>
    alice.post(path, undefined, { raw, headers: type ? { "Content-Type": type } : {} });
  expectInvalid(await alice.upload([]), "files");
  const other = new FormData();
  other.append("file", note("x"));
  expectInvalid(await send(other), "file");
  expectInvalid(await alice.upload([note("x")], undefined, { encrypted: "perhaps" }), "encrypted");
  expectRefused(await send("{}", "application/json"), 415, "unsupported_media_type");
  expectRefused(await send("a=b", "application/x-www-form-urlencoded"), 415, "unsupported_media_type");
  expectRefused(await send("x", "multipart/form-data"), 400, "malformed_form");
  for (const body of [
    "",
    "nothing of the kind",
    "--X",
    '--X\r\nContent-Disposition: form-data; name="files"',
  ]) {
    expectRefused(await send(body, "multipart/form-data; boundary=X"), 400, "malformed_form");
  }
  const cut = '--X\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nhalf';
  expectRefused(await send(cut, "multipart/form-data; boundary=X"), 400, "malformed_form");
  expect((await send(`${cut}\r\n--X--`, "multipart/form-data; boundary=X")).status).toBe(201);
  const parts = Array.from(
    { length: 30 },
    () => '--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n',
  );
  expectRefused(
    await send(`${parts.join("")}--X--`, "multipart/form-data; boundary=X"),
    400,
    "malformed_form",
  );
});

test("what is encrypted is kept as it is and never looked at", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const sealed = await SealedChat.on(server, chat, alice, bob);
  const bytes = new Uint8Array(5000).map((_, i) => (i * 7919) % 251);
  const secret = new File([bytes], "secret.bin", { type: "image/png" });
  const [file] = (await alice.upload([secret], undefined, { encrypted: "true" })).body.media;
  expect(file).toMatchObject({ encrypted: true, state: "ready", media_type: "other", has_thumbnail: false });
  // What it is called and of which type is for those who can open it.
  expect(file).toMatchObject({ mime_type: "application/octet-stream", original_filename: "file" });
  await sealed.say(alice, { media_ids: [file.id] });
  const got = await bob.download(file.url);
  expect(got.bytes).toEqual(bytes);
  expect(got.headers.get("content-type")).toBe("application/octet-stream");
  expect(got.headers.get("content-disposition")).toStartWith("attachment");
  // A picture in clear that somebody calls encrypted is as opaque, and another file than the same in clear.
  const [opaque] = (await alice.upload([picture()], undefined, { encrypted: "1" })).body.media;
  const [clear] = (await alice.upload([picture()])).body.media;
  expect([opaque.media_type, clear.media_type]).toEqual(["other", "image"]);
});

test("what was called encrypted, and so not looked at, is not taken as a plain file", async () => {
  const { server, alice } = await pair();
  await using _ = server;
  const form = new FormData();
  form.append("encrypted", "true");
  form.append("files", picture());
  form.append("encrypted", "false");
  expectInvalid(await alice.post("/api/media/upload", undefined, { raw: form }), "encrypted");
});

test("yes and no are taken as forms and languages write them", async () => {
  const { server, alice } = await pair();
  await using _ = server;
  const words = { true: ["true", "True", "TRUE", "1", "on"], false: ["false", "False", "FALSE", "0", ""] };
  for (const [meaning, ways] of Object.entries(words)) {
    for (const encrypted of ways) {
      const [file] = (await alice.upload([note("x")], undefined, { encrypted })).body.media;
      expect(String(file.encrypted)).toBe(meaning);
    }
  }
});

test("a message with nothing but a file says so to whoever is away", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const [file] = (await alice.upload([note("hello")])).body.media;
  await alice.say(chat, "", { media_ids: [file.id] });
  await server.settled();
  const [told] = (await bob.get("/api/notifications")).body.notifications;
  expect(told.body).toBe("File");
});

test("a file goes only into a message that one has written and that is still there", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const hers = await alice.say(chat, "hers");
  expectRefused(await bob.upload([note("x")], hers), 403, "forbidden");
  await alice.delete(`/api/messages/${hers.id}`);
  expectRefused(await alice.upload([note("x")], hers), 409, "message_deleted");
  expectRefused(await alice.upload([note("x")], { id: 999 }), 404, "not_found");
});
