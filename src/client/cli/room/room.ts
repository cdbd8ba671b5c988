import type { Conversation, Session } from "../../sdk/index.ts";
import type { Context } from "../context.ts";
import { isSmartTerminal } from "../environment.ts";
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
  readonly #leaving = new AbortController();
  #progress: string | undefined;

  constructor(
    context: Context,
    readonly session: Session,
    readonly conversation: Conversation,
    page: number,
  ) {
    const { style, process } = context;
    this.style = style;
    this.isSmart = [process.stdin, process.stdout].every((one) => isSmartTerminal(one, process));
    this.screen = this.isSmart ? new TerminalScreen(context) : new PlainScreen(context);
    this.transcript = new Transcript({ conversation, screen: this.screen, style, page });
  }

  /** Aborted when somebody leaves it. */
  get left(): AbortSignal {
    return this.#leaving.signal;
  }

  leave(): void {
    this.#leaving.abort();
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
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  #refresh(): void {
    this.transcript.update();
    const progress = this.#progress === undefined ? [] : [this.#progress];
    this.screen.status([...progress, ...statusLines(this.session, this.conversation, this.style)]);
  }
}
