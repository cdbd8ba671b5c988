/** Run while bundling (a macro): only the result, a list of about 3,500 words, is in the executable. */
import passwords from "@zxcvbn-ts/language-common/src/passwords.json";

/** Those of the 10,000 commonest passwords that are long enough to be tried here. */
export function commonPasswords(least: number): string[] {
  return passwords.slice(0, 10_000).filter((one) => one.length >= least);
}
