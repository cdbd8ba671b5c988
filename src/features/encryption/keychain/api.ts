import { answer, endpoint, type Endpoint } from "../../../feature.ts";
import { getKeychain } from "./get.ts";
import { putKeychain } from "./put.ts";
import * as wire from "./schema.ts";

const path = "/api/encryption/keychain";

export const keychainRoutes: Endpoint[] = [
  endpoint({
    method: "get",
    path,
    name: "getKeychain",
    summary: "My keychain, sealed",
    auth: "required",
    answers: { 200: wire.Keychain },
    errors: ["no_keys"],
    etag: "ver",
    secret: true,
    run: async (kit, { actor }) => answer(200, await getKeychain(kit, actor)),
  }),
  endpoint({
    method: "put",
    path,
    name: "putKeychain",
    summary: "Change my keychain, if no other device has since I saw it",
    auth: "required",
    body: wire.PutKeychain,
    answers: { 200: wire.KeychainVersion },
    errors: ["no_keys", "bad_object", "bad_algorithm"],
    etag: "ver",
    ifMatch: true,
    run: async (kit, { actor, body, ifMatch }) =>
      answer(200, { ver: await putKeychain(kit, actor, ifMatch, body) }),
  }),
];
