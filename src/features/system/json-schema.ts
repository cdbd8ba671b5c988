import { z } from "zod";

export type JsonSchema = Record<string, unknown>;

const largestInt32 = 2 ** 31 - 1;

/** Collects the named schemas of one document, as `#/components/schemas/NAME`. */
export class Components {
  readonly schemas: Record<string, JsonSchema> = {};

  /** The JSON Schema (2020-12) of what is sent to the server (`input`) or by it (`output`). */
  add(schema: z.ZodType, io: "input" | "output"): JsonSchema {
    const {
      $defs,
      $schema: _,
      ...own
    } = z.toJSONSchema(schema, {
      io,
      override: ({ zodSchema, jsonSchema }) => {
        replaceParam(jsonSchema as JsonSchema, z.globalRegistry.get(zodSchema)?.["param"]);
        adapt(jsonSchema as JsonSchema);
      },
    }) as JsonSchema & { $defs?: Record<string, JsonSchema> };
    for (const [name, definition] of Object.entries($defs ?? {})) this.schemas[name] = relocate(definition);
    const name = schema.meta()?.id;
    if (name === undefined || "$ref" in own) return relocate(own);
    this.schemas[name] = relocate(own);
    return { $ref: `#/components/schemas/${name}` };
  }
}

/** What is text for zod in a path or query is a number, or a list of them, for everybody else. */
function replaceParam(schema: JsonSchema, param: unknown): void {
  if (!param) return;
  for (const key of Object.keys(schema)) if (key !== "default") delete schema[key];
  Object.assign(schema, structuredClone(param));
}

/** For generated clients, of whatever version of this server they were made. */
function adapt(schema: JsonSchema): void {
  // A later version may say more.
  if (schema["additionalProperties"] === false) delete schema["additionalProperties"];
  // It says the same as the format, and some generators hold it against a time that they have parsed.
  if (schema["format"] === "date-time") delete schema["pattern"];
  // Without it, 32 bits in some languages.
  if (Number(schema["maximum"]) > largestInt32) schema["format"] = "int64";
}

/** Points references at the components, and drops the name that zod repeats inside. */
function relocate(schema: JsonSchema): JsonSchema {
  const { id: _, ...rest } = schema;
  return JSON.parse(
    JSON.stringify(typeof schema["id"] === "string" ? rest : schema).replaceAll(
      '"#/$defs/',
      '"#/components/schemas/',
    ),
  );
}
