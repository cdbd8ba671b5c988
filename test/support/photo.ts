import { expect } from "bun:test";

import { bytesOf } from "./files.ts";
import type { Person } from "./person.ts";
import type { TestServer } from "./server.ts";

/** Sends a photo; answers what is known of it once it has been looked at. */
export async function sendPhoto(
  server: TestServer,
  person: Person,
  bytes: Uint8Array,
  type = "image/heic",
): Promise<any> {
  const { status, body } = await person.upload([bytesOf(new Uint8Array(bytes), "photo.heic", type)]);
  expect(status).toBe(201);
  await server.settled();
  return (await person.get(`${body.media[0].url}/info`)).body;
}
