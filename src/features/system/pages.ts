/** Pages that show the two documents, from what is inside the executable alone. */
import redocScript from "redoc/bundles/redoc.standalone.js" with { type: "file" };
import swaggerScript from "swagger-ui-dist/swagger-ui-bundle.js" with { type: "file" };
import swaggerStyle from "swagger-ui-dist/swagger-ui.css" with { type: "file" };

import type { JsonSchema } from "./json-schema.ts";

/** The one outside request that ReDoc would make is for its maker's logo. */
const redocLogo = "https://cdn.redoc.ly/redoc/logo-mini.svg";
const transparentPixel = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";

const policy =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; " +
  "frame-ancestors 'none'; base-uri 'none'";

const assets: Record<string, { type: string; load(): Promise<string> }> = {
  "swagger-ui.js": { type: "text/javascript", load: () => Bun.file(swaggerScript).text() },
  "swagger-ui.css": { type: "text/css", load: () => Bun.file(swaggerStyle).text() },
  "swagger.js": {
    type: "text/javascript",
    load: async () => 'SwaggerUIBundle({ url: "/openapi.json", dom_id: "#page", deepLinking: true });\n',
  },
  "redoc.js": {
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

export function swaggerPage(): Response {
  return html(
    "Parley: REST",
    '<link rel="stylesheet" href="/_docs/swagger-ui.css"><div id="page"></div>' +
      '<script src="/_docs/swagger-ui.js"></script><script src="/_docs/swagger.js"></script>',
  );
}

export function redocPage(): Response {
  return html(
    "Parley: REST",
    "<style>body{margin:0}</style>" +
      '<redoc spec-url="/openapi.json"></redoc><script src="/_docs/redoc.js"></script>',
  );
}

interface Shown {
  info: { title: string; version: string; description: string };
  channels: {
    socket: { address: string; description: string; messages: Record<string, ShownMessage> };
  };
  operations: Record<"receive" | "send", { summary: string; messages: { $ref: string }[] }>;
  components: { schemas: Record<string, JsonSchema> };
}

interface ShownMessage {
  name: string;
  summary: string;
  payload: JsonSchema;
}

/** The AsyncAPI document as a page: every frame with its schema. */
export function asyncApiPage(document: JsonSchema): Response {
  const { info, channels, operations, components } = document as unknown as Shown;
  const { socket } = channels;
  const frames = (operation: Shown["operations"]["send"]) =>
    operation.messages
      .map(({ $ref }) => $ref.split("/").at(-1)!)
      .map((key) => ({ key, ...socket.messages[key]! }))
      .map((one) => entry(one.key, one.name, one.summary, one.payload))
      .join("");
  const schemas = Object.entries(components.schemas)
    .map(([name, schema]) => entry(name, name, "", schema))
    .join("");
  return html(
    "Parley: WebSocket",
    `<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
     pre{background:#8881;padding:1rem;overflow:auto}summary{cursor:pointer}code{font-weight:600}</style>
     <h1>${escapeHtml(info.title)} ${escapeHtml(info.version)}: <code>${escapeHtml(socket.address)}</code></h1>
     <p>${prose(info.description)}</p><p>${prose(socket.description)}</p>
     <p><a href="/asyncapi.json">asyncapi.json</a></p>
     <h2>${escapeHtml(operations.receive.summary)}</h2>${frames(operations.receive)}
     <h2>${escapeHtml(operations.send.summary)}</h2>${frames(operations.send)}
     <h2>Schemas</h2>${schemas}`,
  );
}

function entry(key: string, name: string, summary: string, schema: JsonSchema): string {
  const text = escapeHtml(JSON.stringify(schema, null, 2));
  return (
    `<details id="${escapeHtml(key)}"><summary><code>${escapeHtml(name)}</code> ` +
    `${prose(summary)}</summary><pre>${text}</pre></details>`
  );
}

/** A sentence in which names stand between backticks. */
function prose(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, "<code>$1</code>");
}

function html(title: string, body: string): Response {
  const page =
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>` +
    // An icon, though an empty one: otherwise browsers ask for a file that is not there.
    `<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"></head>` +
    `<body>${body}</body></html>`;
  return new Response(page, {
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": policy,
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "no-referrer",
    },
  });
}

function escapeHtml(text: string): string {
  return Bun.escapeHTML(text);
}
