/** Uses the types that openapi-typescript generates, by openapi-fetch. */
import createClient, { type Client } from "openapi-fetch";

import type { components, paths } from "./api.d.ts";

declare const process: { env: Record<"PARLEY_URL" | "PHOTO", string> };
declare const Bun: { file(path: string): Blob };

type Schemas = components["schemas"];

const baseUrl = process.env.PARLEY_URL;

function check(isTrue: boolean, what: string): asserts isTrue {
  if (!isTrue) throw new Error(what);
}

async function register(username: string): Promise<{ user: Schemas["Me"]; api: Client<paths> }> {
  const body = { username, email: `${username}@example.org`, password: "correct horse battery" };
  const { data } = await createClient<paths>({ baseUrl }).POST("/api/auth/register", { body });
  check(data !== undefined, "register");
  const headers = { Authorization: `Bearer ${data.access_token}` };
  return { user: data.user, api: createClient<paths>({ baseUrl, headers }) };
}

function toForm(fields: { encrypted?: boolean | undefined; files: unknown[] }): FormData {
  const form = new FormData();
  form.append("encrypted", String(fields.encrypted));
  for (const file of fields.files) form.append("files", file as Blob, "photo.jpg");
  return form;
}

const ada = await register("ada");
const ben = await register("ben");
const opened = await ada.api.POST("/api/chats/direct", { body: { user_id: ben.user.id } });
check(opened.data?.peer?.username === "ben", "chat");
const chat = { path: { id: opened.data.id } };

const sent = await ada.api.POST("/api/messages/{id}", { params: chat, body: { content: "Hello" } });
const read = await ben.api.GET("/api/messages/{id}", { params: { ...chat } });
const [first] = read.data?.messages ?? [];
check(first?.content === "Hello" && first.id === sent.data?.id && first.sender_id === ada.user.id, "message");
console.log("talks");

const photo = Bun.file(process.env.PHOTO);
const uploaded = await ada.api.POST("/api/media/upload", {
  // The types have text for bytes.
  body: { encrypted: false, files: [photo as unknown as string] },
  bodySerializer: toForm,
});
const [media] = uploaded.data?.media ?? [];
check(media !== undefined, "upload");
await ada.api.POST("/api/messages/{id}", { params: chat, body: { media_ids: [media.id] } });
const path = { media_id: media.id };
const file = await ben.api.GET("/api/media/{media_id}", { params: { path }, parseAs: "arrayBuffer" });
const info = await ben.api.GET("/api/media/{media_id}/info", { params: { path } });
check(file.data?.byteLength === info.data?.file_size && info.data?.media_type === "image", "download");
console.log("uploads");

for (let i = 1; i <= 120; i++) {
  await ada.api.POST("/api/messages/{id}", { params: chat, body: { content: `Message ${i}` } });
}
const history: Schemas["Message"][] = [];
for (let isMore = true; isMore;) {
  const query = { limit: 50, ...(history[0] && { before: history[0].id }) };
  const { data } = await ben.api.GET("/api/messages/{id}", { params: { ...chat, query } });
  check(data !== undefined && data.messages.length > 0, "page");
  history.unshift(...data.messages);
  isMore = data.has_more_before;
}
check(history.every((message, i) => message.seq === i + 1) && history.length === 122, "history");
console.log("pages");

const { error } = await ada.api.POST("/api/messages/{id}", { params: chat, body: { content: "" } });
check(error?.code === "validation" && error.errors?.[0]?.path === "content", "refusal");
console.log("refusals");

const described = await ada.api.PUT("/api/auth/me", { body: { bio: "Walks a lot." } });
check(described.data?.bio === "Walks a lot.", "bio");
const cleared = await ada.api.PUT("/api/auth/me", { body: { bio: null } });
check(cleared.data?.bio === null && cleared.data.username === "ada", "no bio");
console.log("clears");
