import { z } from "zod";

export type JsonSchema = Record<string, unknown>;

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
        // A number in a path or query is text for zod and a number for everybody else.
        const param = z.globalRegistry.get(zodSchema)?.["param"];
        if (!param) return;
        for (const key of Object.keys(jsonSchema)) {
          if (key !== "default") delete (jsonSchema as JsonSchema)[key];
        }
        Object.assign(jsonSchema, param);
      },
    }) as JsonSchema & { $defs?: Record<string, JsonSchema> };
    for (const [name, definition] of Object.entries($defs ?? {})) this.schemas[name] = relocate(definition);
    const name = schema.meta()?.id;
    if (name === undefined || "$ref" in own) return relocate(own);
    this.schemas[name] = relocate(own);
    return { $ref: `#/components/schemas/${name}` };
  }
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
