import { expect, test } from "bun:test";
import { createHash } from "node:crypto";

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
  const page = await fetch(server.url + path);
  const { headers } = page;
  const policy = headers.get("content-security-policy")!;
  const sources = Object.fromEntries(
    policy.split(";").map((one) => [one.trim().split(" ")[0], one.trim().split(" ").slice(1).join(" ")]),
  );
  expect(sources["default-src"]).toBe("'self'");
  // Of scripts inside the page only those whose hash is here.
  const inside = [...(await page.text()).matchAll(/<script>([^]*?)<\/script>/g)].map(
    ([, script]) => `'sha256-${createHash("sha256").update(script!).digest("base64")}'`,
  );
  expect(sources["script-src"]).toBe(["'self'", ...inside].join(" "));
  expect(inside).toHaveLength(path === "/docs" ? 1 : 0);
  expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
  expect(headers.get("x-content-type-options")).toBe("nosniff");
});

test.each([
  ["swagger-ui-dist/swagger-ui-bundle.js", "text/javascript", "SwaggerUIBundle"],
  ["swagger-ui-dist/swagger-ui.css", "text/css", ".swagger-ui"],
  ["redoc/redoc.js", "text/javascript", "Redoc"],
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
  const script = await (await fetch(`${server.url}/_docs/redoc/redoc.js`)).text();
  expect(script).not.toContain("cdn.redoc.ly");
  const style = await (await fetch(`${server.url}/_docs/swagger-ui-dist/swagger-ui.css`)).text();
  expect(style).not.toMatch(/url\(\s*["']?(https?:)?\/\//);
});

test("no other file is among those of the pages", async () => {
  for (const name of [
    "nothing.js",
    "redoc/nothing.js",
    "swagger-ui-dist/swagger-ui.js",
    "__proto__/__proto__",
    "constructor/name",
    "redoc/..%2f..%2fpackage.json",
    "redoc/%00",
    ".",
  ]) {
    const { status } = await fetch(`${server.url}/_docs/${name}`);
    expect({ name, status }).toEqual({ name, status: 404 });
  }
});

test("the page of the socket shows every frame of its document", async () => {
  const html = await (await fetch(`${server.url}/asyncapi`)).text();
  const { messages } = server.api.contract.asyncApi["components"];
  for (const { name } of Object.values<{ name: string }>(messages))
    expect(html).toContain(`<code>${name}</code>`);
  expect(html).not.toContain("<script");
});
