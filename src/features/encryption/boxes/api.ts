import { answer, endpoint, type Endpoint } from "../../../feature.ts";
import { decryptMessage } from "./decrypt.ts";
import { encryptMessage } from "./encrypt.ts";
import * as wire from "./schema.ts";

export const boxRoutes: Endpoint[] = [
  endpoint({
    method: "post",
    path: "/api/encryption/encrypt",
    name: "encryptMessage",
    summary: "Have the server encrypt a message for people, by keys that it has made",
    auth: "required",
    body: wire.Encrypt,
    answers: { 200: wire.Encrypted },
    errors: ["e2ee_client_only", "not_found", "no_keys", "decrypt_failed", "bad_object", "overloaded"],
    secret: true,
    run: async (kit, { actor, body }) =>
      answer(200, { encrypted_content: await encryptMessage(kit, actor, body) }),
  }),
  endpoint({
    method: "post",
    path: "/api/encryption/decrypt",
    name: "decryptMessage",
    summary: "Have the server open a message for me, by keys that it has made",
    auth: "required",
    body: wire.Decrypt,
    answers: { 200: wire.Decrypted },
    errors: ["e2ee_client_only", "no_keys", "decrypt_failed", "overloaded"],
    secret: true,
    run: async (kit, { actor, body }) => answer(200, await decryptMessage(kit, actor, body)),
  }),
];
