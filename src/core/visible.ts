/** Visible and invisible characters. */

/** Invisible characters between letters, for a class in a regular expression with the flag `v`. */
export const invisible = String.raw`\p{Cf}\p{Default_Ignorable_Code_Point}`;

/** Letters and signs that are drawn as blanks, and the placeholder for an object that is not in the text. */
const blank = String.raw`\u2800\ufffc\u{13441}\u{13442}\u{1d159}`;

const visible = new RegExp(String.raw`[^\s\p{Cc}\p{M}${invisible}${blank}]`, "v");

/**
 * Whether a text has anything to see: more than white space, control and invisible characters, blanks and marks that
 * belong over a letter (Unicode's general categories and properties).
 */
export function isVisible(text: string): boolean {
  return visible.test(text);
}
