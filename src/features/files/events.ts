import { defineEffect } from "../../events/event.ts";

/** Nobody hears this one: whoever attached the file tells of it. */
export const fileProcessed = defineEffect<object>({
  type: "file_processed",
  summary: "It is known what a file is that is attached somewhere.",
  effects: () => [],
});
