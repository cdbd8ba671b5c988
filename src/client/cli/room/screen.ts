/** Where a conversation is shown, and written. */
export interface Screen {
  /** Whether somebody sees what is printed. */
  readonly isSeen: boolean;
  /** What stays. */
  print(text: string): void;
  /** What is told beside the conversation. */
  note(text: string): void;
  /** How things stand, where that can be changed in place. */
  status(lines: readonly string[]): void;
  /** Begins to listen to the keyboard, or whatever is in its place. */
  start(typist: Typist): void;
  close(): void;
}

export interface Typist {
  /** A text was entered, perhaps of several lines. */
  entered(text: string): void;
  /** What stands in the line that is being written, after each key. */
  typed(text: string): void;
  /** The end of the input (Ctrl-D), or Ctrl-C. */
  ended(): void;
}
