import { argon2id as hashWasm } from "hash-wasm";

import type { Argon2id } from "../../../e2ee/passphrase.ts";

/** In WebAssembly, on the thread that asks. */
export const argon2id: Argon2id = (password, salt, { m, t, p }) =>
  hashWasm({
    password,
    salt,
    memorySize: m,
    iterations: t,
    parallelism: p,
    hashLength: 32,
    outputType: "binary",
  });
