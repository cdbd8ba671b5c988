/** Pages that show the two documents; they fetch nothing from elsewhere. */
import { SwaggerUI } from "@hono/swagger-ui";
import redocScript from "redoc/bundles/redoc.standalone.js" with { type: "file" };
import swaggerScript from "swagger-ui-dist/swagger-ui-bundle.js" with { type: "file" };
import swaggerStyle from "swagger-ui-dist/swagger-ui.css" with { type: "file" };

/** The one outside request that ReDoc would make is for its maker's logo. */
const redocLogo = "https://cdn.redoc.ly/redoc/logo-mini.svg";
const transparentPixel = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";

/** A page, the same for everybody: made once. */
export interface Page {
  text: string;
  policy: string;
}

/** Where `SwaggerUI` looks for its files is part of their names. */
const assetsPath = "/_docs";

const assets: Record<string, { type: string; load(): Promise<string> }> = {
  "swagger-ui-dist/swagger-ui-bundle.js": {
    type: "text/javascript",
    load: () => Bun.file(swaggerScript).text(),
  },
  "swagger-ui-dist/swagger-ui.css": { type: "text/css", load: () => Bun.file(swaggerStyle).text() },
  "redoc/redoc.js": {
    type: "text/javascript",
    load: async () => (await Bun.file(redocScript).text()).replaceAll(redocLogo, transparentPixel),
  },
};

const compressed = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/** One file of the pages, compressed once. Undefined when there is none of that name. */
export async function pageAsset(name: string): Promise<Response | undefined> {
  const asset = Object.hasOwn(assets, name) ? assets[name] : undefined;
  if (!asset) return undefined;
  let bytes = compressed.get(name);
  if (!bytes) {
    bytes = asset.load().then((text) => Bun.gzipSync(text));
    compressed.set(name, bytes);
  }
  return new Response(await bytes, {
    headers: {
      "Content-Type": `${asset.type}; charset=utf-8`,
      "Content-Encoding": "gzip",
      "Cache-Control": "public, max-age=3600",
      "X-Content-Type-Options": "nosniff",
    },
  });
}

/** Whoever signs in with one of the calls is signed in for all others. */
const authorize =
  "(answer) => { const token = answer.obj?.access_token; " +
  "if (token) window.ui.preauthorizeApiKey('bearer', token); return answer; }";

export function swaggerPage(): Page {
  const body = SwaggerUI({
    url: "/openapi.json",
    baseUrl: assetsPath,
    deepLinking: true,
    responseInterceptor: authorize,
  });
  return html("Parley: REST", String(body));
}

export function redocPage(): Page {
  return html(
    "Parley: REST",
    "<style>body{margin:0}</style>" +
      `<redoc spec-url="/openapi.json"></redoc><script src="${assetsPath}/redoc/redoc.js"></script>`,
  );
}

interface Shown {
  info: { title: string; version: string; description: string };
  channels: Record<string, { address: string; description: string }>;
  operations: Record<string, { action: "receive" | "send"; messages: { $ref: string }[] }>;
  components: { messages: Record<string, ShownMessage>; schemas: Record<string, object> };
}

interface ShownMessage {
  name: string;
  title: string;
  summary: string;
  examples: { payload: object }[];
}

/** The AsyncAPI document as a page: every frame with an example and its schema. */
export function asyncApiPage(document: object): Page {
  const shown = document as Shown;
  const { info, channels, components } = shown;
  const frameSchemas = new Set(Object.values(components.messages).map(({ title }) => title));
  const schemas = Object.entries(components.schemas)
    .filter(([name]) => !frameSchemas.has(name))
    .map(([name, schema]) => entry(name, name, "", schema))
    .join("");
  const addresses = Object.values(channels)
    .map(({ address, description }) => `<p><code>${escapeHtml(address)}</code>: ${prose(description)}</p>`)
    .join("");
  return html(
    "Parley: WebSocket",
    `<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
     pre{background:#8881;padding:1rem;overflow:auto}summary{cursor:pointer}code{font-weight:600}</style>
     <h1>${escapeHtml(info.title)} ${escapeHtml(info.version)}: WebSocket</h1>
     <p>${prose(info.description)}</p>${addresses}
     <p><a href="/asyncapi.json">asyncapi.json</a></p>
     <h2>What clients send</h2>${framesOf(shown, "receive")}
     <h2>What the server sends</h2>${framesOf(shown, "send")}
     <h2>Schemas</h2>${schemas}`,
  );
}

function framesOf({ operations, components }: Shown, action: "receive" | "send"): string {
  const those = Object.values(operations).filter((one) => one.action === action);
  const references = those.flatMap(({ messages }) => messages.map(({ $ref }) => $ref));
  const keys = new Set(references.map((one) => one.slice(one.lastIndexOf("/") + 1)));
  return Object.entries(components.messages)
    .filter(([key]) => keys.has(key))
    .map(([key, { name, title, summary, examples }]) => {
      const schemas = Object.entries(components.schemas).filter(([one]) => one === title);
      const parts = [...examples.map(({ payload }) => payload), ...schemas.map(([, schema]) => schema)];
      return entry(key, name, summary, ...parts);
    })
    .join("");
}

function entry(key: string, name: string, summary: string, ...parts: object[]): string {
  const texts = parts.map((one) => `<pre>${escapeHtml(JSON.stringify(one, null, 2))}</pre>`).join("");
  return (
    `<details id="${escapeHtml(key)}"><summary><code>${escapeHtml(name)}</code> ` +
    `${prose(summary)}</summary>${texts}</details>`
  );
}

/** A sentence in which names stand between backticks. */
function prose(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, "<code>$1</code>");
}

function html(title: string, body: string): Page {
  const text =
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>` +
    // An icon, though an empty one: otherwise browsers ask for a file that is not there.
    `<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"></head>` +
    `<body>${body}</body></html>`;
  return { text, policy: policyFor(text) };
}

export function answerPage({ text, policy }: Page): Response {
  return new Response(text, {
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": policy,
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "no-referrer",
    },
  });
}

/** Everything from this server alone; of the scripts inside the page those that were put there, by their hashes. */
function policyFor(page: string): string {
  const scripts = [...page.matchAll(/<script>([^]*?)<\/script>/g)].map(
    ([, script = ""]) => `'sha256-${new Bun.CryptoHasher("sha256").update(script).digest("base64")}'`,
  );
  return [
    "default-src 'self'",
    ["script-src 'self'", ...scripts].join(" "),
    "style-src 'self' 'unsafe-inline'",
    // What a call answered is shown from a blob.
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "worker-src 'self' blob:",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; ");
}

function escapeHtml(text: string): string {
  return Bun.escapeHTML(text);
}
