/** Asks a terminal to put marks around what is pasted, and to leave it. */
export const marksOn = "\u001b[?2004h";
export const marksOff = "\u001b[?2004l";

const begin = "\u001b[200~";
const end = "\u001b[201~";
const marks = /(\u001b\[20[01]~)/; // oxlint-disable-line no-control-regex

const altEnter = /\u001b[\r\n]/g; // oxlint-disable-line no-control-regex

/** How line feeds and tabs look in a line that is being written. */
const pictures = { "\n": "\u240a", "\t": "\u2409" };

export interface Typed {
  text: string;
  /** Else they are keys. */
  isPasted: boolean;
}

/**
 * Takes what comes from a terminal apart, for a line editor: in what is pasted, and for Alt and Enter, a line feed is a character
 * of the text and not the key that sends it.
 */
export class Pasting {
  readonly #decoder = new TextDecoder();
  #isPasted = false;
  #rest = "";

  take(chunk: Uint8Array): Typed[] {
    const parts = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split(marks);
    const last = parts.pop() ?? "";
    const typed: Typed[] = [];
    for (const part of parts) {
      if (part === begin || part === end) this.#isPasted = part === begin;
      else typed.push(this.#typed(part));
    }
    this.#rest = unfinished(last, this.#isPasted);
    typed.push(this.#typed(last.slice(0, last.length - this.#rest.length)));
    return typed.filter((one) => one.text !== "");
  }

  #typed(text: string): Typed {
    const isPasted = this.#isPasted;
    return { text: isPasted ? asCharacters(text) : text.replace(altEnter, pictures["\n"]), isPasted };
  }
}

/** The end of what has come so far, where it may be a part of a mark or of a line's end. Alone, an escape is a key. */
function unfinished(text: string, isPasted: boolean): string {
  const pattern = isPasted ? /(\r|\u001b(\[(2(0[01]?)?)?)?)$/ : /\u001b\[2(0[01]?)?$/; // oxlint-disable-line no-control-regex
  return pattern.exec(text)?.[0] ?? "";
}

function asCharacters(pasted: string): string {
  return pasted
    .replace(/\r\n?|\n/g, pictures["\n"])
    .replaceAll("\t", pictures["\t"])
    .replace(/\p{Cc}/gu, "");
}

/** What was meant by a line in which they are. */
export function withoutPictures(line: string): string {
  return line.replaceAll(pictures["\n"], "\n").replaceAll(pictures["\t"], "\t");
}
