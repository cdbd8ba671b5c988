import { ChatError } from "./errors.ts";

/** Nothing that we take is nested deeper than 3; what is deeper than this is an attack or a mistake. */
const maxDepth = 32;

/** Parses what somebody sent. Errors: `malformed_json`, also when it is nested too deeply. */
export function parseJson(text: string): unknown {
  const value = parseAnyJson(text);
  requireShallow(value);
  return value;
}

/** The same, however deeply it is nested. Errors: `malformed_json`. */
export function parseAnyJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ChatError("malformed_json");
  }
}

/** Errors: `malformed_json`. */
export function requireShallow(value: unknown): void {
  if (!isDeep(value, maxDepth)) return;
  throw new ChatError("malformed_json", `The JSON is nested deeper than ${maxDepth} levels.`);
}

function isDeep(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((inner) => isDeep(inner, levels - 1));
  // Every frame comes by here. For a list this would make a string of each index.
  for (const key in value) if (isDeep((value as Record<string, unknown>)[key], levels - 1)) return true;
  return false;
}
