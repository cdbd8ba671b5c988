/** Figures about the sources, as the compiler's parser reads them. */
import { Glob } from "bun";
import ts from "typescript";

export interface Figures {
  path: string;
  lines: number;
  functions: { name: string; lines: number }[];
  /** `a!` */
  assertions: number;
  /** `a as unknown as B` */
  casts: number;
}

/** Of each TypeScript file below a folder. */
export async function measure(folder: string): Promise<Figures[]> {
  const paths = await Array.fromAsync(new Glob(`${folder}/**/*.ts`).scan("."));
  return Promise.all(paths.map(measureFile));
}

async function measureFile(path: string): Promise<Figures> {
  const file = ts.createSourceFile(path, await Bun.file(path).text(), ts.ScriptTarget.Latest, true);
  const nodes = collect(file);
  const lineOf = (position: number) => file.getLineAndCharacterOfPosition(position).line;
  return {
    path,
    lines: file.getLineStarts().length - 1,
    functions: nodes.filter(isFunction).map((node) => ({
      name: nameOf(node),
      lines: lineOf(node.end) - lineOf(node.getStart(file)) + 1,
    })),
    assertions: nodes.filter(ts.isNonNullExpression).length,
    casts: nodes.filter(isDoubleCast).length,
  };
}

function collect(node: ts.Node): ts.Node[] {
  const nodes = [node];
  ts.forEachChild(node, (child) => {
    nodes.push(...collect(child));
  });
  return nodes;
}

/** With braces: an arrow function of one expression is none. */
function isFunction(node: ts.Node): node is ts.SignatureDeclaration {
  return (
    ts.isFunctionLike(node) && "body" in node && node.body !== undefined && ts.isBlock(node.body as ts.Node)
  );
}

/** A function without a name of its own is called after what it is assigned to. */
function nameOf(node: ts.SignatureDeclaration): string {
  if (node.name) return node.name.getText();
  if (ts.isConstructorDeclaration(node)) return "constructor";
  return ts.isVariableDeclaration(node.parent) || ts.isPropertyAssignment(node.parent)
    ? node.parent.name.getText()
    : "(no name)";
}

function isDoubleCast(node: ts.Node): boolean {
  return (
    ts.isAsExpression(node) &&
    ts.isAsExpression(node.expression) &&
    node.expression.type.kind === ts.SyntaxKind.UnknownKeyword
  );
}
