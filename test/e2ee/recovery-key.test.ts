import { expect, test } from "bun:test";

import { makeRecoveryKey, readRecoveryKey, writeRecoveryKey } from "../../src/e2ee/recovery-key.ts";

const symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

test("a recovery key is seven groups of four, and is read as people type it", () => {
  const key = makeRecoveryKey();
  const text = writeRecoveryKey(key);
  expect(text).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}$/);
  expect(readRecoveryKey(text)).toEqual(key);
  const typed = text.toLowerCase().replaceAll("-", " ").replaceAll("0", "o").replaceAll("1", "l");
  expect(readRecoveryKey(` ${typed}\n`)).toEqual(key);
});

test("each wrong symbol, each two neighbours in the wrong order, and what is missing is noticed", () => {
  const text = writeRecoveryKey(new Uint8Array(16).map((_, i) => i * 7)).replaceAll("-", "");
  const typed = [...text].flatMap((own, i) => {
    const wrong = [...symbols]
      .filter((one) => one !== own)
      .map((one) => text.slice(0, i) + one + text.slice(i + 1));
    const next = text[i + 1] ?? own;
    return next === own ? wrong : [...wrong, text.slice(0, i) + next + own + text.slice(i + 2)];
  });
  expect(typed.length).toBeGreaterThan(28 * 31);
  for (const one of [...typed, "", text.slice(1), text.slice(0, -1), `${text}0`]) {
    expect(() => readRecoveryKey(one)).toThrow("mistake");
  }
});
