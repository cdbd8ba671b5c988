/** What a function holds with `using` is let go when it returns. A promise that it returns must be awaited before. */
import { expect, test } from "bun:test";
import { join } from "node:path";

import ts from "typescript";

import { root } from "./support/reference.ts";

test("the sources await each call that they return while they hold something", async () => {
  const paths = [...new Bun.Glob("src/**/*.ts").scanSync(root)];
  const texts = await Promise.all(paths.map((path) => Bun.file(join(root, path)).text()));
  expect(texts.flatMap((text, i) => notAwaited(text).map((one) => `${paths[i]}: ${one}`))).toEqual([]);
});

test.each([
  ["async () => { using a = b(); return c(a); }", ["return c(a);"]],
  ["async () => { { await using a = b(); } return (a ? 1 : b.c()); }", ["return (a ? 1 : b.c());"]],
  ["async () => { for (using a of b) if (a) return 1 ?? c(a); }", ["return 1 ?? c(a);"]],
  ["async () => { using a = b(); return await c(a); }", []],
  ["async () => { using a = b(); return c(a).d; }", []],
  ["async () => { using a = b(); return () => { return c(a); }; }", []],
  ["async () => { const a = b(); return c(a); }", []],
  ["() => { using a = b(); return c(a); }", []],
])("in %s these are not awaited: %j", (source, found) => {
  expect(notAwaited(source)).toEqual(found);
});

/** The calls that async functions with a `using` return without `await`. */
function notAwaited(source: string): string[] {
  const file = ts.createSourceFile("a.ts", source, ts.ScriptTarget.Latest, true);
  return findIn(file, ts.isFunctionLike)
    .filter((one) => ts.canHaveModifiers(one) && one.modifiers?.some(isAsync))
    .filter((one) => findIn(one, ts.isVariableDeclarationList, ts.isFunctionLike).some(isUsing))
    .flatMap((one) => findIn(one, ts.isReturnStatement, ts.isFunctionLike))
    .filter(({ expression }) => expression && endsInCall(expression))
    .map((one) => one.getText());
}

/** All that is so inside `node`, but not inside an `end`. */
function findIn<T extends ts.Node>(
  node: ts.Node,
  isSo: (one: ts.Node) => one is T,
  isEnd: (one: ts.Node) => boolean = () => false,
): T[] {
  const found: T[] = [];
  node.forEachChild((one) => {
    if (isSo(one)) found.push(one);
    if (!isEnd(one)) found.push(...findIn(one, isSo, isEnd));
  });
  return found;
}

function isAsync(one: ts.Node): boolean {
  return one.kind === ts.SyntaxKind.AsyncKeyword;
}

/** Also of `await using`, which has more flags. */
function isUsing(one: ts.VariableDeclarationList): boolean {
  return (one.flags & ts.NodeFlags.Using) !== 0;
}

function endsInCall(one: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(one)) return endsInCall(one.expression);
  if (ts.isConditionalExpression(one)) return endsInCall(one.whenTrue) || endsInCall(one.whenFalse);
  if (ts.isBinaryExpression(one)) return endsInCall(one.left) || endsInCall(one.right);
  return ts.isCallExpression(one);
}
