import { z } from "zod";

/** In UTF-16 units. The longest there are have fewer than 20. */
const longest = 64;

const isEmoji = /^\p{RGI_Emoji}$/v;
const variationSelector16 = "\u{fe0f}";
/** What is shown as text unless told otherwise; a skin tone behind it tells that already. */
const textByDefault = /(?!\p{Emoji_Presentation})\p{Emoji}(?!\p{Emoji_Modifier})/gu;

/**
 * An emoji in its fully qualified form: ❤ is ❤️ (Unicode Technical Standard #51, 2.4, ED-18). Undefined for what is not
 * exactly one emoji that is recommended for general interchange (RGI, ED-27).
 */
function toEmoji(given: string): string | undefined {
  const qualified = given
    .replaceAll(variationSelector16, "")
    .replace(textByDefault, (one) => one + variationSelector16);
  return isEmoji.test(qualified) ? qualified : undefined;
}

export const emoji = z
  .string()
  .max(longest, { abort: true })
  .transform((given, context) => {
    const qualified = toEmoji(given);
    if (qualified !== undefined) return qualified;
    context.addIssue("must be one emoji");
    return z.NEVER;
  })
  .meta({ description: "One emoji.", param: { example: "👍" } });
