import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { PushConfigError } from "../push.ts";

/** What stops the start, in one sentence. It never holds any part of a key. */
export class CredentialsError extends PushConfigError {}

/** The key of a Google service account, which may send in the name of a Firebase project. */
export interface ServiceAccount {
  projectId: string;
  clientEmail: string;
  /** RSA. */
  privateKey: KeyObject;
  privateKeyId: string | undefined;
  /** Where access tokens are handed out. */
  tokenUri: string;
}

const pathName = "FIREBASE_CREDENTIALS_PATH";
const jsonName = "FIREBASE_CREDENTIALS_JSON";
/** No path is that long, but keys are: they must not be shown. */
const longestPath = 255;

/** The operator's key, from a file or given as it is; undefined where there is none. Errors: CredentialsError. */
export function loadCredentials({ path, json }: { path: string; json: string }): ServiceAccount | undefined {
  if (path !== "" && json !== "") {
    throw new CredentialsError(`${pathName} and ${jsonName} are both set: set only one.`);
  }
  if (path !== "") return toAccount(pathName, parse(pathName, read(path)));
  if (json === "") return undefined;
  if (/^\/|\.json$/.test(json.trim())) {
    throw new CredentialsError(`${jsonName} has to be the key itself: a file is named by ${pathName}.`);
  }
  return toAccount(jsonName, parse(jsonName, json));
}

function read(path: string): string {
  if (path.length > longestPath || /[{\n]|-----/.test(path)) {
    throw new CredentialsError(`${pathName} has to name a file: the key itself goes into ${jsonName}.`);
  }
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    if (code === "ENOENT") throw new CredentialsError(`${pathName}: there is no file ${path}.`);
    throw new CredentialsError(`${pathName}: ${path} cannot be read (${code}).`);
  }
}

/** Takes also what becomes of the JSON on the way through shells, Compose files and secret stores. */
function parse(name: string, text: string): Record<string, unknown> {
  const bare = text.trim().replace(/^'(.*)'$/s, "$1");
  const json = /^[A-Za-z0-9+/=\s]+$/.test(bare) ? Buffer.from(bare, "base64").toString() : bare;
  try {
    // A shell has made line breaks of the escape sequences in the PEM.
    const value: unknown = JSON.parse(json.replace(/-----BEGIN[^"]*/, (pem) => pem.replace(/\r?\n/g, "\\n")));
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {
    // What the parser says may quote the key.
  }
  throw new CredentialsError(`${name} is not JSON: it has to be the file from the Firebase console.`);
}

function toAccount(name: string, given: Record<string, unknown>): ServiceAccount {
  if (given.type !== "service_account") {
    throw new CredentialsError(
      `${name} is not the key of a service account: make one in the Firebase console, under Project settings, Service accounts.`,
    );
  }
  const field = (key: string): string => {
    const value = given[key];
    if (typeof value === "string" && value.trim() !== "") return value;
    throw new CredentialsError(
      `${name}: the key has no ${key}; use the whole file from the Firebase console.`,
    );
  };
  const tokenUri = given.token_uri === undefined ? "https://oauth2.googleapis.com/token" : field("token_uri");
  if (URL.parse(tokenUri)?.protocol !== "https:") {
    throw new CredentialsError(`${name}: token_uri in the key must be an https address.`);
  }
  return {
    projectId: field("project_id"),
    clientEmail: field("client_email"),
    privateKey: toRsaKey(name, field("private_key")),
    privateKeyId: given.private_key_id === undefined ? undefined : field("private_key_id"),
    tokenUri,
  };
}

/** PEM around PKCS #8; line breaks may be missing, or escaped twice. */
function toRsaKey(name: string, pem: string): KeyObject {
  const [, body = ""] = /^\s*-----BEGIN PRIVATE KEY-----(.+)-----END PRIVATE KEY-----/s.exec(pem) ?? [];
  const der = Buffer.from(body.replace(/\\[nr]|\s/g, ""), "base64");
  try {
    const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    if (key.asymmetricKeyType === "rsa") return key;
  } catch {
    // The same for whoever has to mend it.
  }
  throw new CredentialsError(
    `${name}: private_key in the key is damaged or no RSA key (PKCS #8 in PEM); download the file once more.`,
  );
}
