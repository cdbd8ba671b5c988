import { expect, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { RawSocket } from "../support/raw-socket.ts";
import { password, TestServer } from "../support/server.ts";
import { shared } from "../support/shared.ts";
import { Socket } from "../support/socket.ts";

const clock = new ManualClock();
const server = await shared({ clock });

async function expectAlive(...sockets: Socket[]): Promise<void> {
  for (const socket of sockets) expect((await socket.ask({ type: "ping" })).type).toBe("pong");
}

async function expectEnded(...sockets: Socket[]): Promise<void> {
  for (const socket of sockets) expect(await socket.closed).toBe(4003);
}

/** Alice twice on her phone and once on her laptop, and Bob. */
async function devices(server: TestServer) {
  const [phone, bob] = await server.people("alice", "bob");
  const laptop = await server.login(phone.username);
  const [first, second, third] = [await phone.connect(), await phone.connect(), await laptop.connect()];
  const bobs = await bob.connect();
  await expectAlive(first, second, third, bobs);
  return { phone, laptop, bob, onPhone: [first, second], onLaptop: third, bobs };
}

test("signing out closes the sockets of that session, and of no other", async () => {
  const { phone, onPhone, onLaptop, bobs } = await devices(server);
  await phone.post("/api/auth/logout");
  await expectEnded(...onPhone);
  await expectAlive(onLaptop, bobs);
});

test("ending a session from another device closes its sockets", async () => {
  const { laptop, onPhone, onLaptop, bobs } = await devices(server);
  const { sessions } = (await laptop.get("/api/auth/sessions")).body;
  const other = sessions.find((one: { current: boolean }) => !one.current);
  expect((await laptop.delete(`/api/auth/sessions/${other.id}`)).status).toBe(204);
  await expectEnded(...onPhone);
  await expectAlive(onLaptop, bobs);
});

test("a new password closes the sockets of all other sessions", async () => {
  const { laptop, onPhone, onLaptop, bobs } = await devices(server);
  const change = { current_password: password, new_password: "quite another thing" };
  expect((await laptop.post("/api/auth/password", change)).status).toBe(204);
  await expectEnded(...onPhone);
  await expectAlive(onLaptop, bobs);
});

test("a refresh token that is used again much later closes the sockets of its session", async () => {
  const { phone, onPhone, onLaptop, bobs } = await devices(server);
  const { refresh_token } = phone.signedIn;
  expect((await server.api.post("/api/auth/refresh", { refresh_token })).status).toBe(200);
  await expectAlive(...onPhone);
  clock.turn(31_000);
  expect((await server.api.post("/api/auth/refresh", { refresh_token })).status).toBe(401);
  await expectEnded(...onPhone);
  await expectAlive(onLaptop, bobs);
});

test("the operator's new password and a disabled account close all sockets of a person", async () => {
  const { phone, bob, onPhone, onLaptop, bobs } = await devices(server);
  const operate = (name: string, input: object) => server.app.operations.get(name)!.run(input as never);
  await operate("user password", { username: bob.username, password: "quite another thing" });
  await expectEnded(bobs);
  await expectAlive(...onPhone, onLaptop);

  await operate("user disable", { username: phone.username });
  await expectEnded(...onPhone, onLaptop);
  await operate("user enable", { username: phone.username });
  const old = await Socket.open(server.url, phone.accessToken, {}, phone.contract);
  expect(await old.closed).toBe(4001);
  await expectAlive(await (await server.login(phone.username)).connect());
});

test("whoever signs out while connecting ends up without a socket", async () => {
  const [{ username }] = await server.people("alice");
  for (let i = 0; i < 20; i++) {
    const alice = await server.login(username);
    const { ticket } = (await alice.post("/api/auth/ws-ticket")).body;
    const [byToken, byTicket] = await Promise.all([
      Socket.open(server.url, alice.accessToken, {}, alice.contract),
      Socket.open(server.url, ticket, { by: "ticket" }, alice.contract),
      alice.post("/api/auth/logout"),
    ]);
    for (const socket of [byToken, byTicket]) expect([4001, 4003]).toContain(await socket.closed);
  }
});

test("nothing that is said after signing out reaches the old socket", async () => {
  const { phone, bob, onPhone, onLaptop } = await devices(server);
  const chat = await bob.directWith(phone);
  await bob.say(chat, "for both");
  await phone.post("/api/auth/logout");
  await bob.say(chat, "for the laptop");
  await expectEnded(...onPhone);
  const heard = (socket: Socket) =>
    socket.frames.filter((one) => one.type === "new_message").map((one) => one["message"].content);
  await expectAlive(onLaptop);
  expect(onPhone.map(heard)).toEqual([["for both"], ["for both"]]);
  expect(heard(onLaptop)).toEqual(["for both", "for the laptop"]);
});

test("a stopping server asks everybody to come back, also who is not listening", async () => {
  await using server = await TestServer.start();
  const { phone, onPhone, onLaptop, bobs } = await devices(server);
  const deaf = await RawSocket.of(phone);
  deaf.stopReading();
  await server.restart();
  for (const socket of [...onPhone, onLaptop, bobs]) expect(await socket.closed).toBe(1012);
  deaf.readOn();
  expect(await deaf.closed).toBe(1012);
  const back = server.as(phone.signedIn);
  await expectAlive(await back.connect({ since: onPhone[0]!.cursor }));
});

test("nobody slips in while the server stops", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const outcomes = new Set<number | string>();
  for (let turns = 0; turns < 20; turns++) {
    const coming = Array.from({ length: 9 }, async () => {
      const socket = await Socket.open(server.url, alice.accessToken).catch(() => undefined);
      outcomes.add((await socket?.closed) ?? "refused");
    });
    for (let i = 0; i < turns * 2; i++) await new Promise(setImmediate);
    await server.restart();
    await Promise.all(coming);
  }
  outcomes.delete("refused");
  expect([...outcomes]).toEqual([1012]);
}, 30_000);
