/** TypeScript from JSON Schema, as far as the server's documents use it. */

export type Json = Record<string, any>;

/** What decides the type. */
const shaping = [
  "$ref",
  "additionalProperties",
  "anyOf",
  "enum",
  "items",
  "properties",
  "required",
  "type",
  "x-extensible-enum",
];
/** What checks values further than types can, or tells people about them. */
const refining = [
  ["default", "description", "else", "examples", "exclusiveMinimum", "format", "if"],
  ["maximum", "maxItems", "maxLength", "minimum", "minItems", "minLength", "pattern"],
].flat();
const known = new Set([...shaping, ...refining]);

/** `schema` under a name; `summary` describes it where it does not do so itself. */
export function declaration(name: string, schema: Json, summary?: string): string {
  const head = comment(schema["description"] ?? summary);
  if (schema["properties"]) return `${head}export interface ${name} ${typeOf(schema)}\n`;
  return `${head}export type ${name} = ${typeOf(schema)};\n`;
}

/** Throws where a schema has a keyword or type that is not known here: nothing may be left out in silence. */
export function typeOf(schema: Json): string {
  const unknown = Object.keys(schema).find((keyword) => !known.has(keyword));
  if (unknown !== undefined) throw new Error(`no type for ${unknown} in ${JSON.stringify(schema)}`);
  if (schema["$ref"]) return referred(schema);
  if (schema["anyOf"]) return union(schema["anyOf"].map(typeOf));
  if (schema["enum"]) return union(schema["enum"].map((one: unknown) => JSON.stringify(one)));
  if (schema["x-extensible-enum"]) return openUnion(schema["x-extensible-enum"]);
  if (schema["type"] === undefined) return "unknown";
  return union([schema["type"]].flat().map((type) => ofType(type, schema)));
}

/** The name at the end of a reference. */
export function referred({ $ref }: Json): string {
  return ($ref as string).split("/").at(-1)!;
}

export function union(types: Iterable<string>): string {
  return [...new Set(types)].join(" | ");
}

/** `& {}` keeps the known ones in sight of editors: with a plain `string` beside them they would be absorbed. */
function openUnion(values: string[]): string {
  return union([...values.map((one) => JSON.stringify(one)), "(string & {})"]);
}

function ofType(type: unknown, schema: Json): string {
  switch (type) {
    case "string":
      return schema["format"] === "binary" ? "Blob" : "string";
    case "integer":
    case "number":
      return "number";
    case "boolean":
    case "null":
      return type;
    case "array":
      return `(${typeOf(schema["items"])})[]`;
    case "object":
      return ofObject(schema);
    default:
      throw new Error(`no type for ${JSON.stringify(schema)}`);
  }
}

function ofObject({ properties = {}, required = [], additionalProperties }: Json): string {
  const names = Object.keys(properties);
  if (additionalProperties && names.length === 0) return `Record<string, ${typeOf(additionalProperties)}>`;
  if (additionalProperties) throw new Error(`no type for ${names} and any others`);
  return object(
    names.map((name) => ({
      name,
      isRequired: required.includes(name),
      type: typeOf(properties[name]),
      description: properties[name].description,
    })),
  );
}

export interface Field {
  name: string;
  isRequired?: boolean;
  type: string;
  description?: string | undefined;
}

export function object(fields: Field[]): string {
  const lines = fields.map(
    ({ name, isRequired = true, type, description }) =>
      `${comment(description)}${JSON.stringify(name)}${isRequired ? "" : "?"}: ${type};\n`,
  );
  return `{\n${lines.join("")}}`;
}

/** Empty where there is nothing to say. */
export function comment(text = ""): string {
  const lines = text.replaceAll("*/", "*\\/").match(/\S.{0,95}(?=\s|$)/g) ?? [];
  if (lines.length < 2) return lines.map((line) => `/** ${line} */\n`).join("");
  return ["/**", ...lines.map((line) => ` * ${line}`), " */\n"].join("\n");
}
