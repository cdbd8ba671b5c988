import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "sqlite",
  schema: ["./src/platform/db/tables.ts", "./src/events/tables.ts", "./src/features/*/tables.ts"],
  out: "./drizzle",
});
