import type { ServerWebSocket } from "bun";

import type { Actor } from "../core/actor.ts";
import { BadToken, type ChatError } from "../core/errors.ts";
import type { FairBudget, Waiting } from "../core/fair-budget.ts";
import type { JsonLimits } from "../core/json.ts";
import { toRefusal } from "../core/refusal.ts";
import type { JournalRow } from "../events/journal.ts";
import { replay, type ResumeDeps, startLive } from "../events/resume.ts";
import { audienceId, chatAudience, isChat } from "../events/event.ts";
import type { Command, CommandSocket } from "../feature.ts";
import type { Kit } from "../kit.ts";
import type { Effect } from "../platform/fanout/fanout.ts";
import { type CommandTable, type Incoming, readFrame } from "./commands.ts";
import type { Deliveries, Receiver } from "./deliveries.ts";
import { Inbox, type InboxOwner } from "./inbox.ts";
import type { LingerBudget } from "./linger-budget.ts";
import { closeCodes, encodeError, encodeFrame } from "./protocol.ts";
import { Proving, type Watermarks } from "./proving.ts";
import { Subscriptions } from "./subscriptions.ts";

export interface ConnectionDeps {
  kit: Pick<Kit, "settings" | "log" | "journal" | "presence">;
  resume: ResumeDeps;
  commands: CommandTable;
  run: RunCommand;
  json: JsonLimits;
  /** Called when a socket begins or ceases to look at a chat. */
  looks(connection: Connection, chat: string, looks: boolean): void;
  deliveries: Deliveries;
  /** Undefined without limits. */
  budget: FairBudget | undefined;
  linger: LingerBudget;
  version: string;
}

/** Runs a command for the user of a socket. */
export type RunCommand = (
  command: Command,
  actor: Actor,
  input: Record<string, unknown>,
  socket: CommandSocket,
) => Promise<Record<string, unknown>>;

type MembershipEffect = Extract<Effect, { topic: string }>;

/** One socket of one session. It gets no live events before it has caught up. */
export class Connection implements InboxOwner, Receiver {
  #ws: ServerWebSocket<Connection> | undefined;
  /** Undefined before it opens and after it is closed. */
  subscriptions: Subscriptions | undefined;
  readonly #inbox: Inbox;
  /** Membership changes since this socket began to catch up; undefined while it is live. */
  #missed: MembershipEffect[] | undefined = [];
  #drained: (() => void) | undefined;
  #wasSlow = false;
  /** It has caught up once: from then on presence counts it. */
  #arrived = false;
  /** It gets live events after this position. */
  #liveFrom = 0;
  /** Undefined until there is something to prove: most sockets are quiet. */
  #proving: Proving | undefined;
  /** Pings and pongs since the last sweep. */
  #controlFrames = 0;
  /** Sweeps in a row between which nothing has come. */
  #silentLooks = 0;

  constructor(
    private readonly deps: ConnectionDeps,
    /** Undefined when the token was refused. */
    readonly actor: Actor | undefined,
    private readonly since: string | undefined,
  ) {
    this.#inbox = new Inbox(deps.kit.settings, this);
  }

  get userId(): number {
    return this.actor?.userId ?? 0;
  }

  get sessionId(): number {
    return this.actor?.sessionId ?? 0;
  }

  // Opening and closing

  opened(ws: ServerWebSocket<Connection>): void {
    this.#ws = ws;
    this.subscriptions = new Subscriptions(ws, (chat, looks) => this.deps.looks(this, chat, looks));
    const { actor } = this;
    if (!actor) return this.close(closeCodes.notAuthenticated, "not authenticated");
    this.#inbox.hold(() => this.#start(actor));
  }

  closed(): void {
    if (!this.#ws) return;
    this.#ws = undefined;
    this.subscriptions?.end();
    this.subscriptions = undefined;
    if (this.#arrived) this.deps.kit.presence.departed(this.userId);
    this.#inbox.clear();
    this.#drained?.();
  }

  /** Closes it: nothing is sent or received any more, whatever is still under way. */
  close(code: number, reason: string): void {
    if (this.deps.linger.take(this.unread)) this.#ws?.close(code, reason);
    else this.#ws?.terminate();
    this.closed();
  }

  drained(): void {
    this.#drained?.();
  }

  /** Bytes that were sent and the client has not read. */
  get unread(): number {
    return this.#ws?.getBufferedAmount() ?? 0;
  }

  /** Terminates it at once and discards what is unread: a close frame would have to wait behind that. */
  cut(): void {
    this.#ws?.terminate();
  }

  /** Called each second: closes a socket that was too slow twice in a row. */
  checkSpeed(): void {
    const slow = this.unread > this.deps.kit.settings.slowBytes;
    if (slow && this.#wasSlow) this.close(closeCodes.tooSlow, "too slow");
    this.#wasSlow = slow;
  }

  /**
   * Called each second: terminates a socket from which nothing, not even a pong, has come for twice the heartbeat. The
   * runtime's idle timeout does not do that, because sending to a dead line restarts it.
   */
  checkLife(): void {
    this.#controlFrames = 0;
    if (++this.#silentLooks > this.deps.kit.settings.heartbeatSeconds * 2) this.#ws?.terminate();
  }

  // Receiving

  received(text: string): void {
    if (!this.#ws) return;
    this.lives();
    if (!this.#inbox.push(text)) this.close(closeCodes.tooMuch, "too many frames at once");
  }

  /** Something has arrived, so the line is alive. */
  lives(): void {
    this.#silentLooks = 0;
  }

  pinged(): void {
    this.lives();
    this.#countControlFrame();
  }

  /** Pings and pongs are answered at once and not queued, so their number between two sweeps is limited. */
  #countControlFrame(): void {
    if (++this.#controlFrames > this.deps.kit.settings.inboundFrames)
      this.close(closeCodes.tooMuch, "too many frames at once");
  }

  read(text: string): Incoming {
    return readFrame(this.deps.commands, text, this.deps.json);
  }

  mayRead(inbox: Waiting): boolean {
    return this.deps.budget?.take(this.userId, inbox) ?? true;
  }

  waitsNoLonger(inbox: Waiting): void {
    this.deps.budget?.leave(this.userId, inbox);
  }

  /** The frame that answers, or undefined for none. Never throws. */
  async answer(frame: Incoming): Promise<string | undefined> {
    const { requestId } = frame;
    try {
      if ("error" in frame) throw frame.error;
      if (!this.actor) throw new BadToken();
      const { command, input } = frame;
      if (command.type === "ping")
        return encodeFrame("pong", requestId === undefined ? {} : { request_id: requestId });
      if (command.type === "resume") await this.#resume(this.actor, (input as { cursor: string }).cursor);
      const result = await this.deps.run(command, this.actor, input as Record<string, unknown>, this);
      if (requestId === undefined) return undefined;
      return JSON.stringify({ type: "ack", request_id: requestId, ...result });
    } catch (error) {
      const type = "command" in frame ? frame.command.type : undefined;
      return encodeError(this.#refusal(error, "a frame", { request_id: requestId, type }), requestId);
    }
  }

  sendAnswers(texts: string[]): void {
    this.#ws?.cork((ws) => {
      for (const text of texts) ws.send(text);
    });
  }

  #refusal(error: unknown, call: string, known: Record<string, unknown> = {}): ChatError {
    const { userId, sessionId } = this;
    const refusal = toRefusal(error, this.deps.kit.log, call, {
      user_id: userId,
      session_id: sessionId,
      ...known,
    });
    if (refusal.code === "unauthorized") this.close(closeCodes.sessionEnded, "session ended");
    return refusal;
  }

  // Delivery

  hasHeard(position: number): boolean {
    return !this.#missed && position > this.#liveFrom;
  }

  isToProve(chatId: number, messageId: number): void {
    if (!this.#ws) return;
    this.#proving ??= new Proving();
    this.#proving.sent(chatId, messageId);
  }

  askForProof(now: number): number | undefined {
    if (!this.#ws) return undefined;
    const payload = this.#proving?.ask(now);
    if (payload !== undefined) this.#ws.ping(payload);
    return this.#proving?.dueAt;
  }

  ponged(payload: string): void {
    this.lives();
    this.#countControlFrame();
    const upTo = this.#proving?.answered(payload);
    if (!upTo || !this.#ws || !this.actor) return;
    this.subscriptions?.proved(upTo);
    this.deps.deliveries.proved(this, this.actor, upTo);
  }

  // Catching up and live events

  async #start(actor: Actor): Promise<void> {
    try {
      if (this.since === undefined) {
        await startLive(this.deps.resume, actor, (topics, position) => {
          this.#sendConnected(this.deps.resume.dispatch.cursor(position));
          this.#goLive(topics, position);
        });
      } else {
        this.#sendConnected(this.since);
        await this.#catchUp(actor, this.since);
      }
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** Closes a socket that could not catch up, so that its client knows and reconnects. */
  #giveUp(error: unknown): void {
    const { code } = this.#refusal(error, "catching up");
    this.close(code === "internal" ? closeCodes.internal : closeCodes.restarting, code);
  }

  #sendConnected(cursor: string): void {
    this.#ws?.send(
      encodeFrame("connected", {
        user_id: this.userId,
        session_id: this.sessionId,
        cursor,
        heartbeat_s: this.deps.kit.settings.heartbeatSeconds,
        server_version: this.deps.version,
      }),
    );
  }

  async #resume(actor: Actor, cursor: string): Promise<void> {
    this.#missed = [];
    this.subscriptions?.pause();
    try {
      await this.#catchUp(actor, cursor);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  async #catchUp(actor: Actor, from: string): Promise<void> {
    const { dispatch, messageType } = this.deps.resume;
    let position = this.deps.kit.journal.position(from);
    if (typeof position === "number") {
      const messages: Watermarks = new Map();
      const send = (frame: string, row: JournalRow) => {
        if (row.type === messageType) messages.set(audienceId(row.audience), row.ref);
        return this.#send(frame);
      };
      const socket = { send, isGone: () => this.#ws === undefined };
      const complete = await replay(this.deps.resume, actor, position, socket, (topics, now, count) => {
        this.#ws?.send(encodeFrame("resumed", { from, to: dispatch.cursor(now), count }));
        this.#goLive(topics, now);
        if (messages.size > 0) void this.deps.deliveries.replayed(this, messages);
      });
      if (complete) return;
      position = "too_old";
    }
    const reason = position;
    await startLive(this.deps.resume, actor, (topics, now) => {
      this.#ws?.send(encodeFrame("resync", { reason, cursor: dispatch.cursor(now) }));
      this.#goLive(topics, now);
    });
  }

  #send(frame: string): boolean | Promise<boolean> {
    const ws = this.#ws;
    if (!ws) return false;
    const sent = ws.send(frame);
    if (sent > 0) return true;
    if (sent === 0) return false;
    return new Promise((resolve) => {
      this.#drained = () => {
        this.#drained = undefined;
        resolve(this.#ws !== undefined);
      };
    });
  }

  /**
   * Subscribes to `topics`, as read from the tables, and applies the changes that were dispatched meanwhile, in their
   * order.
   */
  #goLive(topics: string[], position: number): void {
    if (!this.#ws) return;
    this.#liveFrom = position;
    const hears = new Set(topics);
    for (const { kind, topic } of this.#missed ?? []) {
      if (kind === "join") hears.add(topic);
      else hears.delete(topic);
    }
    this.#missed = undefined;
    for (const topic of hears) this.subscriptions?.add(topic);
    this.subscriptions?.resumed();
    if (!this.#arrived) this.deps.kit.presence.arrived(this.userId, [...hears].filter(isChat));
    this.#arrived = true;
  }

  /** Applies a joined or left chat at this position in the order of events. */
  affect(effect: MembershipEffect): void {
    if (this.#missed) this.#missed.push(effect);
    else if (effect.kind === "join") this.subscriptions?.add(effect.topic);
    else this.subscriptions?.remove(effect.topic);
  }

  /** From here on this socket looks at a chat, or no longer. */
  look(chatId: number, looks: boolean): void {
    if (looks) this.subscriptions?.lookAt(chatAudience(chatId));
    else this.subscriptions?.lookAway(chatAudience(chatId));
  }

  /** Sends a frame to this socket alone. */
  tell(frame: string): void {
    if (!this.#missed) this.#ws?.send(frame);
  }
}
