import { z } from "zod";

import type { ErrorCode } from "../../../core/errors.ts";
import { pathId } from "../../../core/wire.ts";
import { answer, endpoint, type Endpoint } from "../../../feature.ts";
import { confirmKeys } from "./confirm.ts";
import { generateKeys } from "./generate.ts";
import { getPublicKey, getPublicKeys } from "./get.ts";
import { publishKey } from "./publish.ts";
import * as wire from "./schema.ts";

const own = "/api/encryption/public-key";

/** Of an entry that was sent with a password. */
const ofEntry: ErrorCode[] = [
  "unsigned_key",
  "bad_object",
  "bad_algorithm",
  "private_key_material",
  "key_in_use",
  "wrong_password",
  "overloaded",
];

export const directoryRoutes: Endpoint[] = [
  endpoint({
    method: "post",
    path: "/api/encryption/generate-keys",
    name: "generateKeys",
    summary: "Publish my first keys, or have the server make them; or, as a reset, others in place of them",
    auth: "required",
    body: wire.GenerateKeys,
    answers: { 201: wire.GeneratedKeys },
    errors: [...ofEntry, "keys_exist", "e2ee_client_only"],
    secret: true,
    run: async (kit, { actor, body, origin }) => answer(201, await generateKeys(kit, actor, body, origin)),
  }),
  endpoint({
    method: "post",
    path: "/api/encryption/confirm",
    name: "confirmKeys",
    summary: "Prove that I can use the keys that the server has made",
    auth: "required",
    body: wire.ConfirmKeys,
    answers: { 204: null },
    errors: ["no_keys", "unsigned_key", "bad_object", "bad_algorithm"],
    run: async (kit, { actor, body }) => answer(204, await confirmKeys(kit, actor, body.jws)),
  }),
  endpoint({
    method: "get",
    path: own,
    name: "getOwnPublicKey",
    summary: "My public keys",
    auth: "required",
    query: wire.LogQuery,
    answers: { 200: wire.PublicKey },
    errors: ["no_keys"],
    etag: "seq",
    run: async (kit, { actor, query }) =>
      answer(200, await getPublicKey(kit, actor, actor.userId, query.log !== undefined)),
  }),
  endpoint({
    method: "put",
    path: own,
    name: "publishKey",
    summary: "Publish the next entry of my keys, if no other device has since I saw them",
    auth: "required",
    body: wire.PublishKey,
    answers: { 200: wire.PublicKey },
    errors: [...ofEntry, "no_keys"],
    etag: "seq",
    ifMatch: true,
    run: async (kit, { actor, body, origin, ifMatch }) =>
      answer(200, await publishKey(kit, actor, ifMatch, body, origin)),
  }),
  endpoint({
    method: "get",
    path: `${own}/{user_id}`,
    name: "getPublicKey",
    summary: "Somebody's public keys",
    auth: "required",
    params: z.object({ user_id: pathId("A person.") }),
    query: wire.LogQuery,
    answers: { 200: wire.PublicKey },
    errors: ["not_found", "no_keys"],
    etag: "seq",
    run: async (kit, { actor, params, query }) =>
      answer(200, await getPublicKey(kit, actor, params.user_id, query.log !== undefined)),
  }),
  endpoint({
    method: "post",
    path: "/api/encryption/public-keys",
    name: "getPublicKeys",
    summary:
      "The public keys of several people, in that order; those without keys, or whom I may not see, are left out",
    auth: "required",
    query: wire.LogQuery,
    body: wire.PublicKeysOf,
    answers: { 200: wire.PublicKeys },
    run: async (kit, { actor, body, query }) =>
      answer(200, {
        public_keys: await getPublicKeys(kit, actor, body.user_ids, query.log !== undefined),
      }),
  }),
];
