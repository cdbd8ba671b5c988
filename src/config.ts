/** Settings are environment variables; no other file reads the environment. */
import { ConfigError } from "./config-error.ts";
import { editDistance } from "./core/edit-distance.ts";
import { accounts } from "./settings/accounts.ts";
import { chats } from "./settings/chats.ts";
import { encryption } from "./settings/encryption.ts";
import { files } from "./settings/files.ts";
import type { Setting } from "./settings/kinds.ts";
import { log } from "./settings/log.ts";
import { push } from "./settings/push.ts";
import { requests } from "./settings/requests.ts";
import { search } from "./settings/search.ts";
import { server } from "./settings/server.ts";
import { sockets } from "./settings/sockets.ts";
import { storage } from "./settings/storage.ts";

export const settings = {
  ...server,
  ...storage,
  ...log,
  ...accounts,
  ...requests,
  ...sockets,
  ...chats,
  ...files,
  ...encryption,
  ...search,
  ...push,
} satisfies Record<string, Setting>;

type Settings = typeof settings;
type Name = keyof Settings;

/** The values: what PUBLIC_URL is set to is `publicUrl`. */
export type Config = { [N in Name as CamelCase<N>]: Settings[N]["fallback"] };

type CamelCase<S extends string> = S extends `${infer Word}_${infer Rest}`
  ? `${Lowercase<Word>}${Capitalize<CamelCase<Rest>>}`
  : Lowercase<S>;

type Environment = Record<string, string | undefined>;

/** Reads every setting. Errors: ConfigError, for all that are bad. */
export function loadConfig(env: Environment = process.env): Config {
  return loadSettings(Object.keys(settings) as Name[], env);
}

/** The same for some of them; what the others are makes no difference. */
export function loadSettings<N extends Name>(
  names: readonly N[],
  env: Environment = process.env,
): Pick<Config, CamelCase<N>> {
  const config: Record<string, unknown> = {};
  const complaints: string[] = [];
  for (const name of names) {
    const setting: Setting = settings[name];
    const given = env[name]?.trim();
    const { data, error } = given
      ? setting.schema().safeParse(given, { reportInput: true })
      : { data: setting.fallback };
    config[camelCase(name)] = data;
    if (!error) continue;
    // Of a list, the entry that is wrong.
    const wrong = error.issues.map((one) => one.input).find((one) => typeof one === "string") ?? given;
    complaints.push(`${name} must be ${setting.taken}, but is ${JSON.stringify(wrong)}.`);
  }
  if (complaints.length > 0) throw new ConfigError(complaints.join("\n"));
  return config as Pick<Config, CamelCase<N>>;
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** One edit for so many letters. None in HOST and PORT, so that HOME and PORTS are not taken for them. */
const lettersPerEdit = 6;

/** Variables that are no settings, but nearly have the name of one. */
export function findMisspelt(env: Environment = process.env): { variable: string; nearest: string }[] {
  return Object.keys(env)
    .filter((variable) => !Object.hasOwn(settings, variable))
    .flatMap((variable) => {
      const edits = (name: string) =>
        editDistance(variable.toUpperCase(), name, Math.floor(name.length / lettersPerEdit));
      const [nearest] = Object.keys(settings)
        .map((name) => ({ name, edits: edits(name) }))
        .filter((one) => one.edits < Infinity)
        .sort((one, other) => one.edits - other.edits);
      return nearest ? [{ variable, nearest: nearest.name }] : [];
    });
}
