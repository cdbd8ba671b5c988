import type { ChatPreview, Conversation, Session } from "../../sdk/index.ts";
import type { Context } from "../context.ts";
import { isReady } from "../encryption/keys-state.ts";
import { isSmartTerminal } from "../environment.ts";
import { sentence } from "../show/encryption.ts";
import { visible } from "../text/visible.ts";
import { when } from "../wait.ts";
import type { Style } from "../text/style.ts";
import { PlainScreen } from "./plain-screen.ts";
import type { Screen } from "./screen.ts";
import { statusLines } from "./status-lines.ts";
import { TerminalScreen } from "./terminal-screen.ts";
import { Transcript } from "./transcript.ts";

/** A conversation that is open in the terminal. */
export class Room {
  /** Whether what was printed can be changed in place. */
  readonly isSmart: boolean;
  readonly style: Style;
  readonly screen: Screen;
  readonly transcript: Transcript;
  /** Something about encryption was told that somebody has to look at. */
  hasTrouble = false;
  /** What was shown here before encryption is turned on. */
  preview: ChatPreview | undefined;
  /** Those that were shown here, by person. */
  readonly safetyNumbers = new Map<number, string>();
  readonly #leaving = new AbortController();
  #progress: string | undefined;
  /** In milliseconds. */
  readonly #patience: number;
  #isLate = false;

  constructor(
    context: Context,
    readonly session: Session,
    readonly conversation: Conversation,
    page: number,
  ) {
    const { style, process, seconds } = context;
    this.#patience = seconds * 1000;
    this.style = style;
    this.isSmart = [process.stdin, process.stdout].every((one) => isSmartTerminal(one, process));
    this.screen = this.isSmart ? new TerminalScreen(context) : new PlainScreen(context);
    this.transcript = new Transcript({
      conversation,
      screen: this.screen,
      style,
      page,
      mayOpen: () => !this.#isLate && isReady(session) && session.connection.peek() !== "offline",
      opened: () => this.opened(),
      troubled: (number, problems) => this.#troubled(number, problems),
    });
  }

  /** Resolves when what is here of an encrypted chat is opened, as far as it can be now; what takes too long is shown as it is. */
  async opened(): Promise<void> {
    const { session, conversation, transcript } = this;
    if (transcript.isSettled()) return;
    const look = () => (transcript.isSettled() ? true : undefined);
    const watched = [conversation.timeline, session.connection, session.encryption.state];
    const settled = watched.map((one) => when<unknown, true>(one, look));
    this.#isLate = !(await Promise.race([...settled, Bun.sleep(this.#patience).then(() => false)]));
  }

  /** Aborted when somebody leaves it. */
  get left(): AbortSignal {
    return this.#leaving.signal;
  }

  leave(): void {
    this.#leaving.abort();
  }

  /** Tells what nobody is to overlook. */
  tellTrouble(text: string): void {
    this.hasTrouble = true;
    this.screen.note(this.style.strong(`!! ${visible(text)}`));
  }

  /** Tells how far something has come; undefined: it is over. */
  progress(text: string | undefined): void {
    this.#progress = text;
    this.#refresh();
  }

  /** Shows the conversation as it goes on, until the returned function is called. */
  show(): () => void {
    const { session, conversation } = this;
    const refresh = () => this.#refresh();
    const stops = [
      conversation.timeline.subscribe(refresh),
      conversation.typing.subscribe(refresh),
      session.connection.subscribe(refresh),
      session.outbox.subscribe(refresh),
      ...(conversation.info.peek()?.encryption.on ? [session.encryption.state.subscribe(refresh)] : []),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** On a terminal it stands below the message. */
  #troubled(number: string, problems: readonly string[]): void {
    this.hasTrouble = true;
    if (!this.screen.isSeen)
      for (const one of problems) this.screen.note(`${number} !! ${visible(sentence(one))}`);
  }

  #refresh(): void {
    this.transcript.update();
    const progress = this.#progress === undefined ? [] : [this.#progress];
    this.screen.status([...progress, ...statusLines(this.session, this.conversation, this.style)]);
  }
}
