/** Reads what TypeScript files take from elsewhere: the transpiler's own scan leaves out what is only a type. */
import { Glob } from "bun";
import { dirname, join } from "node:path";

/** Source files by their path. */
export type Tree = ReadonlyMap<string, string>;

export interface Import {
  from: string;
  /** A path of the tree, or a package's name (`node:fs`, `drizzle-orm`); empty when it is computed. */
  to: string;
  isOurs: boolean;
  typeOnly: boolean;
}

export async function readTree(folder: string): Promise<Tree> {
  const paths = await Array.fromAsync(new Glob("**/*.ts").scan(folder));
  const files = paths.sort().map((path) => join(folder, path));
  return new Map(await Promise.all(files.map(async (path) => [path, await Bun.file(path).text()] as const)));
}

/** Every import, re-export, dynamic import, `import()` of a type and `require` of one file. */
export function importsOf(path: string, source: string): Import[] {
  const tokens = tokensOf(source);
  return tokens.flatMap((token, i) => {
    if (tokens[i - 1]?.text === ".") return [];
    const found = readImport(tokens, token, i + 1);
    return found ? [{ from: path, ...resolve(path, found.specifier), typeOnly: found.typeOnly }] : [];
  });
}

/** What a file names, with its properties: `Bun.serve` and `process.env.HOME`, but no `my.Bun`. */
export function namesIn(source: string): string[] {
  const tokens = tokensOf(source);
  return tokens.flatMap((token, i) => {
    if (token.kind !== "word" || tokens[i - 1]?.text === ".") return [];
    let name = token.text;
    for (let j = i + 1; tokens[j]?.text === "." && tokens[j + 1]?.kind === "word"; j += 2) {
      name += `.${tokens[j + 1]!.text}`;
    }
    return [name];
  });
}

interface Token {
  kind: "word" | "text" | "sign";
  /** A text without its quotes. */
  text: string;
}

function readImport(
  tokens: Token[],
  token: Token,
  next: number,
): { specifier: string; typeOnly: boolean } | undefined {
  const [first, second] = tokens.slice(next, next + 2);
  if (token.kind !== "word" || !first) return undefined;
  if ((token.text === "import" || token.text === "require") && first.text === "(") {
    return { specifier: second?.kind === "text" ? second.text : "", typeOnly: false };
  }
  if (token.text === "import" && first.kind === "text") return { specifier: first.text, typeOnly: false };
  const typeOnly = first.text === "type" && second?.text !== "from" && second?.text !== ",";
  const start = typeOnly ? second : first;
  const reExport = token.text === "export" && (start?.text === "{" || start?.text === "*");
  if (!reExport && token.text !== "import") return undefined;
  // Up to `from "…"`; an export of names of its own, or `import.meta`, has none.
  for (let i = next; i < tokens.length - 1; i++) {
    const { kind, text } = tokens[i]!;
    if (text === "from" && tokens[i + 1]!.kind === "text")
      return { specifier: tokens[i + 1]!.text, typeOnly };
    if (kind === "text" || (kind === "sign" && !"{},*".includes(text))) return undefined;
    if (reExport && tokens[i - 1]?.text === "}") return undefined;
  }
  return undefined;
}

function resolve(from: string, specifier: string): { to: string; isOurs: boolean } {
  if (/^\.{1,2}\//.test(specifier)) return { to: join(dirname(from), specifier), isOurs: true };
  const [scope = "", name = ""] = specifier.split("/");
  return { to: scope.startsWith("@") ? `${scope}/${name}` : scope, isOurs: false };
}

const token =
  /\s+|\/\/.*|\/\*[^]*?\*\/|(?<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?<word>[\p{ID_Start}$_][\p{ID_Continue}$]*)|(?<sign>[^])/uy;
const template = /(?:\\[^]|\$(?!\{)|[^`\\$])*(?<end>`|\$\{)/uy;
const regex = /\/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\[\n])+\/[a-z]*/uy;
/** Behind these a slash begins a regular expression; elsewhere it divides. */
const beforeRegex = /^(?:[=(,:;!&|?{}[+*<>~^%-]|return|typeof|case|in|of|await|yield|void|else|do)$/;

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  /** For each template that we are inside of, how many braces are open in its `${…}`. */
  const open: number[] = [];
  let at = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (match) at = pattern.lastIndex;
    return match;
  };
  const readTemplate = () => {
    if (take(template)?.groups?.["end"] === "${") open.push(0);
  };
  while (at < source.length) {
    const before = tokens.at(-1);
    const startsRegex = source[at] === "/" && (!before || beforeRegex.test(before.text));
    if (startsRegex && !/^\/[/*]/.test(source.slice(at, at + 2)) && take(regex)) {
      tokens.push({ kind: "sign", text: "/…/" });
      continue;
    }
    const { text, word, sign } = take(token)!.groups!;
    if (text) tokens.push({ kind: "text", text: text.slice(1, -1) });
    else if (word) tokens.push({ kind: "word", text: word });
    else if (sign === "`") {
      // As a text of no import: a template is never a fixed name.
      tokens.push({ kind: "sign", text: sign });
      readTemplate();
    } else if (sign === "}" && open.at(-1) === 0) {
      open.pop();
      readTemplate();
    } else if (sign) {
      if (sign === "{" && open.length > 0) open[open.length - 1]! += 1;
      if (sign === "}" && open.length > 0) open[open.length - 1]! -= 1;
      tokens.push({ kind: "sign", text: sign });
    }
  }
  return tokens;
}
