/** Files in pages, as a browser shows them or does not. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Server } from "bun";

import { fixture } from "../fixtures/media/expected.ts";
import { bytesOf, picture } from "../support/files.ts";
import { password, TestServer } from "../support/server.ts";
import { Page } from "./browser.ts";

/** Pages of another site, one of which the server allows. */
let allowed: Server<undefined>, other: Server<undefined>;
let server: TestServer;
let page: Page;
let token: string;
let avatar: string, film: string;

beforeAll(async () => {
  allowed = serveOn("127.0.0.2");
  other = serveOn("127.0.0.1");
  server = await TestServer.start({ config: { corsOrigins: [allowed.url.origin] } });
  const alice = await server.register("alice");
  token = alice.accessToken;
  avatar = (await alice.setPicture("/api/auth/me/avatar", picture())).body.avatar_url;
  const bytes = new Uint8Array(await Bun.file(fixture("vp8.webm")).bytes());
  const [sent] = (await alice.upload([bytesOf(bytes, "film.webm")])).body.media;
  film = sent.url;
  await server.settled();
  page = await Page.open();
});

afterAll(async () => {
  await page.close();
  await server[Symbol.asyncDispose]();
  await Promise.all([allowed.stop(true), other.stop(true)]);
});

/** A page, and a service worker that fetches whatever is below `?at=` with the token. */
function serveOn(hostname: string): Server<undefined> {
  const worker = `
    const query = new URL(location.href).searchParams;
    addEventListener("activate", (event) => event.waitUntil(clients.claim()));
    onfetch = (event) => {
      if (!event.request.url.startsWith(query.get("at"))) return;
      const headers = { Authorization: "Bearer " + query.get("token") };
      event.respondWith(fetch(event.request.url, { headers, mode: "cors", credentials: "omit" }));
    };`;
  return Bun.serve({
    hostname,
    port: 0,
    fetch: (request) =>
      new URL(request.url).pathname === "/worker.js"
        ? new Response(worker, { headers: { "Content-Type": "text/javascript" } })
        : new Response("<!doctype html><title>A page</title>", { headers: { "Content-Type": "text/html" } }),
  });
}

const run = (script: string) => page.view.evaluate(`(async () => { ${script} })()`);

/** How wide the picture is that an `<img>` shows; 0 for none. */
function shows(address: string): Promise<unknown> {
  return run(`
    const image = new Image();
    const settled = new Promise((resolve) => (image.onload = image.onerror = resolve));
    image.src = ${JSON.stringify(address)};
    await settled;
    return image.naturalWidth;`);
}

test("a page of the server shows pictures and films by its cookies, which its scripts cannot read", async () => {
  await page.show(`${server.url}/health`, "true");
  expect(await shows(avatar)).toBe(0);
  const body = JSON.stringify({ username: "alice", password, cookie: true });
  const signIn = `
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch("/api/auth/login", { method: "POST", headers, body: ${JSON.stringify(body)} });
    return [answer.status, "refresh_token" in (await answer.json()), document.cookie];`;
  expect(await run(signIn)).toEqual([200, false, ""]);
  expect(await shows(`${avatar}?again`)).toBe(256);
  const played = `
    const film = document.createElement("video");
    const settled = new Promise((resolve) => (film.onloadedmetadata = film.onerror = resolve));
    film.src = ${JSON.stringify(film)};
    await settled;
    return film.videoWidth > 0;`;
  expect(await run(played)).toBe(true);
  const refresh = `
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch("/api/auth/refresh", { method: "POST", headers, body: '{"cookie":true}' });
    return answer.status;`;
  expect(await run(refresh)).toBe(200);
});

test("a page of the same host on another port is sent nothing for the cookies that it brings along", async () => {
  await page.show(other.url.href, "true");
  expect(await shows(`${server.url}${avatar}?elsewhere`)).toBe(0);
  const refused = server.log.filter((line) => line.includes(avatar) && line.includes('"status":403'));
  expect(refused).toHaveLength(1);
});

test("a page of an allowed origin shows what its service worker fetches with the header, and no other page does", async () => {
  for (const [site, width] of [
    [allowed, 256],
    [other, 0],
  ] as const) {
    await page.show(site.url.href, "true");
    const query = new URLSearchParams({ at: server.url, token });
    await run(`
      await navigator.serviceWorker.register("/worker.js?${query}");
      if (navigator.serviceWorker.controller) return;
      await new Promise((resolve) => (navigator.serviceWorker.oncontrollerchange = resolve));`);
    expect(await shows(`${server.url}${avatar}?worker`)).toBe(width);
  }
});
