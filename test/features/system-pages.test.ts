import { expect, test } from "bun:test";

import { shared } from "../support/shared.ts";

const server = await shared();

const pages = ["/docs", "/redoc", "/asyncapi"];

test.each(pages)("%s shows itself with nothing from outside", async (path) => {
  const page = await fetch(server.url + path);
  expect(page.status).toBe(200);
  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  const html = await page.text();
  const links = [...html.matchAll(/(?:src|href|spec-url)\s*=\s*["']?([^"'\s>]+)/gi)].map(
    (match) => match[1]!,
  );
  expect(links.length).toBeGreaterThan(0);
  for (const link of links.filter((one) => !one.startsWith("data:"))) {
    expect(link).toMatch(/^\/[^/]/);
    expect((await fetch(server.url + link)).status).toBe(200);
  }
  expect(html).not.toMatch(/@import|url\(|\/\/[a-z]/i);
});

test.each(pages)("%s may load only from its own server", async (path) => {
  const { headers } = await fetch(server.url + path);
  const policy = headers.get("content-security-policy")!;
  const sources = Object.fromEntries(
    policy.split(";").map((one) => [one.trim().split(" ")[0], one.trim().split(" ").slice(1).join(" ")]),
  );
  expect(sources["default-src"]).toBe("'self'");
  expect(sources["script-src"] ?? "'self'").toBe("'self'");
  expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
  expect(headers.get("x-content-type-options")).toBe("nosniff");
});

test.each([
  ["swagger-ui.js", "text/javascript", "SwaggerUIBundle"],
  ["swagger-ui.css", "text/css", ".swagger-ui"],
  ["swagger.js", "text/javascript", "/openapi.json"],
  ["redoc.js", "text/javascript", "Redoc"],
])("the file %s of the pages comes compressed, as %s", async (name, type, inside) => {
  const url = `${server.url}/_docs/${name}`;
  const response = await fetch(url);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe(`${type}; charset=utf-8`);
  expect(response.headers.get("content-encoding")).toBe("gzip");
  expect(response.headers.get("cache-control")).toBe("public, max-age=3600");
  expect(await response.text()).toContain(inside);
});

test("pages and files fetch nothing by themselves from another server", async () => {
  const script = await (await fetch(`${server.url}/_docs/redoc.js`)).text();
  expect(script).not.toContain("cdn.redoc.ly");
  const style = await (await fetch(`${server.url}/_docs/swagger-ui.css`)).text();
  expect(style).not.toMatch(/url\(\s*["']?(https?:)?\/\//);
});

test("no other file is among those of the pages", async () => {
  for (const name of ["nothing.js", "__proto__", "constructor", "..%2f..%2fpackage.json", "%00", "."]) {
    const { status } = await fetch(`${server.url}/_docs/${name}`);
    expect({ name, status }).toEqual({ name, status: 404 });
  }
});

test("the page of the socket shows every frame of its document", async () => {
  const html = await (await fetch(`${server.url}/asyncapi`)).text();
  const messages = server.api.contract.asyncApi["channels"].socket.messages;
  for (const { name } of Object.values<{ name: string }>(messages))
    expect(html).toContain(`<code>${name}</code>`);
  expect(html).not.toContain("<script");
});
