import { expect, test } from "bun:test";

import { encodeUnmasked, opcodes, RawSocket } from "../support/raw-socket.ts";
import { shared } from "../support/shared.ts";

const server = await shared();

const invalidUtf8 = Buffer.concat([Buffer.from('{"type":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);

const offences: [name: string, code: number, commit: (socket: RawSocket) => void][] = [
  ["binary frames", 1003, (socket) => socket.write(opcodes.binary, '{"type":"ping"}')],
  ["frames over 128 KiB", 1009, (socket) => socket.write(opcodes.text, " ".repeat(131_073))],
  ["text that is not UTF-8", 1007, (socket) => socket.write(opcodes.text, invalidUtf8)],
  ["frames without a mask", 1002, (socket) => socket.write(opcodes.text, '{"type":"ping"}', encodeUnmasked)],
  ["opcodes that do not exist", 1002, (socket) => socket.write(3, "")],
];

for (const [name, code, commit] of offences) {
  test(`a socket that sends ${name} is closed with ${code}, and only that one`, async () => {
    const [alice] = await server.people("alice");
    const other = await alice.connect();
    const socket = await RawSocket.of(alice);
    socket.send({ type: "ping", request_id: "before" });
    await socket.until(() => socket.frames.at(-1)?.type === "pong");
    commit(socket);
    expect(await socket.closed).toBe(code);
    expect(socket.frames.length).toBe(2);
    expect((await other.ask({ type: "ping" })).type).toBe("pong");
  });
}

test("a frame of exactly 128 KiB is read", async () => {
  const [alice] = await server.people("alice");
  const socket = await RawSocket.of(alice);
  const frame = '{"type":"ping","request_id":"long"}';
  socket.write(opcodes.text, frame + " ".repeat(131_072 - frame.length));
  await socket.until(() => socket.frames.at(-1)?.["request_id"] === "long");
  socket.end();
});

test("somebody who says goodbye gets the same word back", async () => {
  const [alice] = await server.people("alice");
  const socket = await RawSocket.of(alice);
  socket.write(opcodes.close, Buffer.from([3, 232]));
  expect(await socket.closed).toBe(1000);
  expect((await server.api.get("/health")).status).toBe(200);
});
