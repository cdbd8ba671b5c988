import { z } from "zod";

/**
 * A value that fits `schema`: its own example (`meta.examples`), else one made of those of its parts. What is optional
 * is left out, what may be null is null.
 */
export function exampleOf(schema: z.ZodType): unknown {
  const [example] = (schema.meta()?.examples ?? []) as unknown[];
  if (example !== undefined) return example;
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape as Record<string, z.ZodType>);
    return Object.fromEntries(
      fields.flatMap(([name, one]) => (one.safeParse(undefined).success ? [] : [[name, exampleOf(one)]])),
    );
  }
  if (schema instanceof z.ZodArray) return [];
  if (schema instanceof z.ZodEnum) return schema.options[0];
  if (schema instanceof z.ZodLiteral) return schema.value;
  if (schema instanceof z.ZodBoolean) return false;
  if (schema instanceof z.ZodNumber) return 1;
  if (schema instanceof z.ZodString) return "text";
  return null;
}
