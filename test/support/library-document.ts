/** The document of the client library's public face, from its sources. `bun test/support/reference.ts` writes it. */
import { join, resolve } from "node:path";
import ts from "typescript";

const root = resolve(import.meta.dir, "../..");
const sdk = join(root, "src/client/sdk");
export const libraryFile = "docs/client-library.md";

/** What a program imports, by the name of the package. */
const entries = { "parley-client": "index.ts", "parley-client/sqlite": "store/sqlite.ts" };

/** A public name that does something, with what its docstring says. */
export interface Documented {
  /** `connect`, `Session` or `Session.live`. */
  name: string;
  signature: string;
  text: string;
  /** Empty where there is none. */
  example: string;
}

interface Shape {
  name: string;
  text: string;
}

interface Face {
  from: string;
  values: Documented[];
  /** Types that the signatures name. */
  shapes: Shape[];
}

let face: Face[] | undefined;

/** Compiling takes seconds: once. */
export function publicFace(): Face[] {
  return (face ??= readFace());
}

function readFace(): Face[] {
  const files = Object.values(entries).map((one) => join(sdk, one));
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.Preserve,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    types: ["bun"],
  });
  const checker = program.getTypeChecker();
  return Object.entries(entries).map(([from, file]) => {
    const source = program.getSourceFile(join(sdk, file));
    const module = source && checker.getSymbolAtLocation(source);
    if (!module) throw new Error(`${file} exports nothing`);
    const face: Face = { from, values: [], shapes: [] };
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const [node] = symbol.declarations ?? [];
      // The types of the protocol are in documents of their own.
      if (!node || node.getSourceFile().fileName.endsWith("/wire.ts") || isInternal(node)) continue;
      add(face, checker, symbol, node);
    }
    return face;
  });
}

function add(face: Face, checker: ts.TypeChecker, symbol: ts.Symbol, node: ts.Declaration): void {
  const name = symbol.getName();
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) {
    face.shapes.push({ name, text: withoutExport(node) });
    return;
  }
  face.values.push(documented(checker, symbol, name, node));
  if (!ts.isClassDeclaration(node)) return;
  for (const member of node.members) {
    const own = member.name && checker.getSymbolAtLocation(member.name);
    if (!own || isInternal(member) || ts.isPrivateIdentifier(member.name as ts.Node)) continue;
    if (ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Override))
      continue;
    face.values.push(documented(checker, own, `${name}.${own.getName()}`, member));
  }
}

function documented(
  checker: ts.TypeChecker,
  symbol: ts.Symbol,
  name: string,
  node: ts.Declaration,
): Documented {
  const example = symbol.getJsDocTags(checker).find((one) => one.name === "example");
  return {
    name,
    signature: signatureOf(node),
    text: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
    example: ts.displayPartsToString(example?.text),
  };
}

/** As it stands in the sources, without what it does. */
function signatureOf(node: ts.Declaration): string {
  const text = node.getText();
  if (ts.isClassDeclaration(node)) return `class ${node.name?.text ?? ""}`;
  const body = ts.isFunctionLike(node) && "body" in node ? (node.body as ts.Node | undefined) : undefined;
  const head = body ? text.slice(0, body.getStart() - node.getStart()) : text;
  return head
    .replace(/^export |\basync /g, "")
    .replace(/^readonly |;$/g, "")
    .trim();
}

function withoutExport(node: ts.Declaration): string {
  return node.getText().replace(/^export /, "");
}

function isInternal(node: ts.Node): boolean {
  return ts.getJSDocTags(node).some((one) => one.tagName.text === "internal");
}

export function libraryDocument(): Promise<string> {
  const parts = publicFace().map(({ from, values, shapes }) =>
    [
      `## \`${from}\`\n`,
      ...values.map(section),
      ...(shapes.length > 0 ? [`### Types of \`${from}\`\n`] : []),
      ...shapes.map(({ text }) => `\`\`\`ts\n${text}\n\`\`\`\n`),
    ].join("\n"),
  );
  const formatter = Bun.spawn([process.execPath, "fmt", `--stdin-filepath=${libraryFile}`], {
    cwd: root,
    stdin: new Blob([head, ...parts]),
  });
  return formatter.stdout.text();
}

const head = `<!-- \`bun test/support/reference.ts\` writes this from the sources of the library. -->

# The client library, name by name

[clients.md](clients.md) tells how to write a client, with this library and without it. In the examples, which the test suite runs,
\`session\` is alice's and \`bob\` is bob's, \`chat\` is theirs, \`message\` and \`media\` are in it. The types of the protocol (\`Chat\`,
\`Message\`, \`Calls\`, \`ServerFrame\` …) are those of the OpenAPI and AsyncAPI documents that each server has at \`/docs\` and \`/asyncapi\`;
the package has them, too.

`;

function section({ name, signature, text, example }: Documented): string {
  const level = name.includes(".") ? "####" : "###";
  const code = `\`\`\`ts\n${signature}\n\`\`\`\n`;
  return [
    `${level} ${name}\n`,
    code,
    `${text}\n`,
    ...(example ? [`\`\`\`ts\n${example}\n\`\`\`\n`] : []),
  ].join("\n");
}
