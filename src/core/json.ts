import { ChatError } from "./errors.ts";

/** Limits of JSON, counted in its text before it is parsed: parsed values cost many times its bytes. */
export interface JsonLimits {
  /** Levels of lists and objects in each other. */
  depth: number;
  /** Of all objects together. */
  keys: number;
  /** Commas: the members of all lists and objects, but the first of each. */
  members: number;
}

/** As the settings have them. */
export function jsonLimitsOf(settings: {
  jsonDepth: number;
  jsonKeys: number;
  jsonMembers: number;
}): JsonLimits {
  return { depth: settings.jsonDepth, keys: settings.jsonKeys, members: settings.jsonMembers };
}

/** Parses what somebody sent. Errors: `malformed_json`, also when there is more of it than `limits` let through. */
export function parseJson(text: string, limits?: JsonLimits): unknown {
  const excess = limits && excessOf(text, limits);
  if (excess !== undefined) throw new ChatError("malformed_json", excess);
  try {
    return JSON.parse(text);
  } catch {
    throw new ChatError("malformed_json");
  }
}

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const bracket = 0x5b;
const backslash = 0x5c;
const closingBracket = 0x5d;
const brace = 0x7b;
const closingBrace = 0x7d;

/** The limit that is exceeded, as a sentence. May be wrong for a text that is not JSON, which is refused anyway. */
function excessOf(text: string, limits: JsonLimits): string | undefined {
  let depth = 0;
  let keys = 0;
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfString(text, at);
        break;
      case comma:
        if (++members > limits.members) return `The JSON has more than ${limits.members} members.`;
        break;
      case colon:
        if (++keys > limits.keys) return `The JSON has more than ${limits.keys} keys.`;
        break;
      case bracket:
      case brace:
        if (++depth > limits.depth) return `The JSON is nested deeper than ${limits.depth} levels.`;
        break;
      case closingBracket:
      case closingBrace:
        depth -= 1;
        break;
    }
  }
  return undefined;
}

/** The position of the quotation mark that ends the string which begins at `start`, or the text's end. */
function endOfString(text: string, start: number): number {
  for (let from = start + 1; ;) {
    const end = text.indexOf('"', from);
    if (end < 0) return text.length;
    let before = end;
    while (text.charCodeAt(before - 1) === backslash) before -= 1;
    if ((end - before) % 2 === 0) return end;
    from = end + 1;
  }
}

/** The string under `key` in the outermost object of a text, found without parsing the rest. */
export function outermostString(text: string, key: string): string | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote: {
        const end = endOfString(text, at);
        if (depth === 1 && text.slice(at + 1, end) === key) return stringBehind(text, end + 1);
        at = end;
        break;
      }
      case bracket:
      case brace:
        depth += 1;
        break;
      case closingBracket:
      case closingBrace:
        depth -= 1;
        break;
    }
  }
  return undefined;
}

/** The value of the key that ends before `at`, if it is a string. */
function stringBehind(text: string, at: number): string | undefined {
  const value = /\s*:\s*(?=")/y;
  value.lastIndex = at;
  if (!value.test(text)) return undefined;
  try {
    return String(JSON.parse(text.slice(value.lastIndex, endOfString(text, value.lastIndex) + 1)));
  } catch {
    return undefined;
  }
}
