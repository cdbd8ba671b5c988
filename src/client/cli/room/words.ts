/** The first word of a line, and the rest. A word with spaces stands between quotes, or has backslashes before them, as shells write paths. */
export function firstWord(line: string): [word: string, rest: string] {
  const found = /^\s*(?:"([^"]*)"|'([^']*)'|((?:\\.|[^\\\s])+))\s*/.exec(line);
  if (!found) return ["", ""];
  const [whole, double, single, bare] = found;
  return [double ?? single ?? bare?.replace(/\\(.)/g, "$1") ?? "", line.slice(whole.length)];
}
