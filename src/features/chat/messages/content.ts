import { invalid } from "../../../core/errors.ts";
import type { Spending } from "../../../core/spending.ts";
import { isVisible } from "../../../core/visible.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { findSize } from "../groups/store.ts";
import { callBudget } from "../state.ts";
import type { ContentType } from "./schema.ts";

/** A text as it is kept: where a file says it all, what shows nothing is no text. Errors: `validation`. */
export function checkContent(
  { settings }: Pick<Kit, "settings">,
  content: string,
  type: ContentType,
  files: number,
): string {
  requireSize(content, settings.maxContentBytes);
  const shows = isVisible(content);
  if (!shows && type === "text" && files === 0) throw invalid("content", "must not be blank");
  return shows ? content : "";
}

/** Errors: `validation`. */
export function requireSize(content: string, most: number): void {
  const bytes = Buffer.byteLength(content);
  if (bytes > most) throw invalid("content", `has ${bytes} bytes of UTF-8; at most ${most} are allowed`);
}

/** All members of a chat are called: to be called last, when nothing else can refuse. Errors: `rate_limited`. */
export async function spendCall(kit: Kit, read: Read, spending: Spending, chatId: number): Promise<void> {
  callBudget(kit).take(spending, chatId, (await findSize(read, chatId)).memberCount);
}
