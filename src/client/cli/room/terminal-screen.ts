import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from "node:readline";
import { Readable } from "node:stream";

import type { Context } from "../context.ts";
import { cut } from "../text/width.ts";
import { marksOff, marksOn, Pasting, withoutPictures } from "./pasting.ts";
import type { Screen, Typist } from "./screen.ts";

/**
 * A line editor of Node. `prevRows`, which its types do not name, is how far the cursor is below the first row of the
 * prompt.
 */
type Editor = Omit<Interface, "line" | "cursor"> & { line: string; cursor: number; prevRows: number };

/**
 * A terminal: what was said goes up; the last rows are drawn anew. They are how things stand, which is the beginning of the
 * editor's prompt, and the line that is being written.
 */
export class TerminalScreen implements Screen {
  readonly isSeen = true;
  readonly #in: NodeJS.ReadStream;
  readonly #out: NodeJS.WriteStream;
  readonly #aside: (text: string) => string;
  /** What the editor reads; it switches the terminal to single keys and back, also around Ctrl-Z. */
  readonly #keys = Object.assign(new Readable({ read: () => {} }), {
    setRawMode: (isRaw: boolean) => this.#in.setRawMode(isRaw),
  });
  #editor: Editor | undefined;
  #lines: readonly string[] = [];
  #prompt = "> ";

  constructor({ process, style }: Context) {
    this.#in = process.stdin;
    this.#out = process.stdout;
    this.#aside = style.aside;
  }

  print(text: string): void {
    this.#erase();
    this.#out.write(`${text}\n`);
    this.#editor?.prompt(true);
  }

  note(text: string): void {
    this.print(text.split("\n").map(this.#aside).join("\n"));
  }

  status(lines: readonly string[]): void {
    this.#lines = lines;
    const columns = this.#out.columns - 1;
    const prompt = `${lines.map((line) => `${this.#aside(cut(line, columns))}\n`).join("")}> `;
    if (prompt === this.#prompt) return;
    this.#erase();
    this.#prompt = prompt;
    this.#editor?.setPrompt(prompt);
    this.#editor?.prompt(true);
  }

  start(typist: Typist): void {
    this.#out.write(marksOn);
    // Before the editor, which goes by the rows of the window as it was.
    this.#out.on("resize", this.#resized);
    const editor = createInterface({
      input: this.#keys,
      output: this.#out,
      terminal: true,
      prompt: this.#prompt,
      // Tab writes nothing.
      completer: () => [[], ""],
    }) as unknown as Editor;
    this.#editor = editor;
    editor.on("line", (line) => {
      this.#takeBack(editor, line);
      typist.entered(withoutPictures(line));
    });
    editor.on("SIGCONT", () => {
      // The shell has written below what was drawn.
      editor.prevRows = 0;
      this.#out.write(marksOn);
      editor.prompt(true);
    });
    editor.on("SIGINT", () => typist.ended());
    editor.on("close", () => typist.ended());
    this.#read(editor, typist);
    editor.prompt();
  }

  #read(editor: Editor, typist: Typist): void {
    const typed = () => {
      // Several keys at once may fill rows that the editor does not count.
      editor.prevRows = editor.getCursorPos().rows;
      typist.typed(withoutPictures(editor.line));
    };
    this.#keys.on("keypress", typed);
    const pasting = new Pasting();
    this.#in.on("data", (chunk: Buffer) => {
      for (const { text, isPasted } of pasting.take(chunk)) {
        // Emitted and not pushed: they are done before what was pasted behind them.
        if (!isPasted) this.#keys.emit("data", text);
        else {
          // At once: the editor's work for a key grows with the line.
          editor.write(text);
          typed();
        }
      }
    });
    this.#in.once("end", () => editor.close());
  }

  close(): void {
    if (!this.#editor) return;
    this.#erase();
    this.#out.write(marksOff);
    this.#out.off("resize", this.#resized);
    this.#editor.removeAllListeners("close");
    this.#editor.close();
    this.#in.removeAllListeners("data");
    this.#in.pause();
  }

  /** The terminal has wrapped anew what was drawn: so it is counted now. */
  readonly #resized = () => {
    this.#erase();
    this.status(this.#lines);
  };

  /** Removes the rows that are drawn anew. */
  #erase(): void {
    if (!this.#editor) return;
    cursorTo(this.#out, 0);
    moveCursor(this.#out, 0, -this.#editor.getCursorPos().rows);
    clearScreenDown(this.#out);
    this.#editor.prevRows = 0;
  }

  /** What was entered is shown by what becomes of it: what was typed goes. */
  #takeBack(editor: Editor, line: string): void {
    editor.line = line;
    editor.cursor = line.length;
    // Enter has moved the cursor to the row below the line.
    moveCursor(this.#out, 0, -1);
    this.#erase();
    editor.line = "";
    editor.cursor = 0;
    editor.prompt();
  }
}
