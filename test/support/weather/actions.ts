import type { ChatView, Conversation, Session, Shown } from "../../../src/client/sdk/index.ts";
import type { Chance } from "../random.ts";
import type { Action } from "./journal.ts";
import type { ClientConfig, ProcessConfig } from "./config.ts";

/** What a client does next, by chance. */
export class Whims {
  constructor(
    private readonly session: Session,
    private readonly config: ProcessConfig,
    private readonly me: ClientConfig,
    private readonly chance: Chance,
  ) {}

  /** `text` is one that nobody has used. Undefined where nothing of the kind can be done. */
  next(text: string): Action | undefined {
    const chats = this.session.chats.value;
    if (chats.length === 0) return undefined;
    const chat = this.chance.pick(chats);
    const kind = this.chance.below(100);
    if (kind < 45) return this.#send(chat, text);
    if (kind < 60) return this.#edit(chat, text);
    if (kind < 65) return this.#remove(chat);
    if (kind < 82) return this.#react(chat);
    if (kind < 92) return this.#read(chat);
    return this.#call(this.chance.below(2) > 0 ? chat : (this.#door(chats) ?? chat), text);
  }

  #send({ id: chat }: ChatView, text: string): Action {
    const answered = this.chance.below(4) === 0 ? this.#pick(chat, () => true) : undefined;
    const { username } = this.#anybody(chat) ?? {};
    const mention = username && this.chance.below(8) === 0 ? ` @${username}` : "";
    const length = this.chance.below(40) === 0 ? 4000 : this.chance.below(120);
    const content = `${text}${mention} ${"la ".repeat(length / 3)}and 🦊`;
    return { chat, kind: "send", text: content, ...(answered && { replyTo: targetOf(answered) }) };
  }

  #edit({ id: chat }: ChatView, text: string): Action | undefined {
    const one = this.#pick(chat, (shown) => this.#isMine(shown));
    return one && { chat, kind: "edit", target: targetOf(one), text: `${text} was edited` };
  }

  /** In encrypted chats each only their own: a deletion that crosses another's edit does not cover it, which readers take for a gap. */
  #remove({ id: chat, my_role, encryption }: ChatView): Action | undefined {
    const isOwner = my_role === "owner" && !encryption.on;
    const one = this.#pick(chat, (shown) => isOwner || this.#isMine(shown));
    return one && { chat, kind: "remove", target: targetOf(one) };
  }

  #react({ id: chat }: ChatView): Action | undefined {
    const one = this.#pick(chat, ({ message }) => message.id > 0);
    if (!one) return undefined;
    // Two devices of a person would contradict each other.
    const emoji = this.chance.pick(this.me.isSecond ? ["🎉", "👀"] : ["👍", "❤️"]);
    const kind = this.chance.below(4) > 0 ? "react" : "unreact";
    return { chat, kind, target: one.message.id, emoji };
  }

  #read({ id: chat }: ChatView): Action | undefined {
    const one = this.#pick(chat, ({ message }) => message.id > 0);
    return one && { chat, kind: "read", target: one.message.id };
  }

  #call({ id: chat, chat_type, my_role }: ChatView, text: string): Action | undefined {
    if (chat_type === "direct" || this.chance.below(4) === 0) return this.#ownMembership(chat, text);
    if (chat !== this.config.door) {
      if (my_role === "member") return this.#ownMembership(chat, text);
      return {
        chat,
        kind: "call",
        name: "PUT /api/chats/{chat_id}",
        input: { path: { chat_id: chat }, body: { name: text } },
      };
    }
    if (this.config.guests.includes(this.me.userId)) return this.#sendAway(chat, this.me.userId);
    const guest = this.chance.pick(this.config.guests);
    const what = this.chance.below(5);
    if (what < 2) return this.#letIn(chat, guest);
    if (what < 4) return this.#sendAway(chat, guest);
    return this.#giveRole(chat);
  }

  #door(chats: readonly ChatView[]): ChatView | undefined {
    return chats.find(({ id }) => id === this.config.door);
  }

  #ownMembership(chat: number, nickname: string): Action {
    const body = this.chance.pick([
      { nickname },
      { nickname: null },
      { notify: "mentions" },
      { notify: "all" },
    ]);
    return {
      chat,
      kind: "call",
      name: "PUT /api/chats/{chat_id}/me",
      input: { path: { chat_id: chat }, body },
    };
  }

  #letIn(chat: number, user_id: number): Action {
    const input = { path: { chat_id: chat }, body: { user_id } };
    return { chat, kind: "call", name: "POST /api/chats/{chat_id}/members", input };
  }

  #sendAway(chat: number, user_id: number): Action {
    const input = { path: { chat_id: chat, user_id } };
    return { chat, kind: "call", name: "DELETE /api/chats/{chat_id}/members/{user_id}", input };
  }

  #giveRole(chat: number): Action | undefined {
    const one = this.#anybody(chat);
    if (!one || one.role === "owner") return undefined;
    const input = {
      path: { chat_id: chat, user_id: one.user_id },
      body: { role: this.chance.pick(["admin", "member"]) },
    };
    return { chat, kind: "call", name: "PUT /api/chats/{chat_id}/members/{user_id}", input };
  }

  #anybody(chat: number) {
    const members = this.session.chat(chat).members.value;
    return members.length > 0 ? this.chance.pick(members) : undefined;
  }

  /** A message that can still be changed. */
  #pick(chat: number, isRight: (one: Shown) => boolean): Shown | undefined {
    const shown = shownIn(this.session.chat(chat)).filter(
      (one) => one.message.content_type !== "system" && !one.message.is_deleted && isRight(one),
    );
    // Rather one of the last: that is where others are, too.
    const some = this.chance.below(2) > 0 ? shown.slice(-5) : shown;
    return some.length > 0 ? this.chance.pick(some) : undefined;
  }

  /** Written by this client: of two devices of a person each keeps to its own. */
  #isMine({ message }: Shown): boolean {
    return message.content.startsWith(`${this.me.name}-`);
  }
}

export function shownIn({ timeline }: Conversation): Shown[] {
  return timeline.value.filter((one) => one.kind === "message");
}

function targetOf({ key, message }: Shown): number | string {
  return message.id > 0 ? message.id : key;
}

/** Asks the library for it. The key of what is sent. */
export async function perform(session: Session, action: Action): Promise<string | undefined> {
  const chat = session.chat(action.chat);
  switch (action.kind) {
    case "send":
      return chat.send(action.text, action.replyTo === undefined ? {} : { replyTo: action.replyTo });
    case "edit":
      await chat.edit(action.target, action.text);
      return undefined;
    case "remove":
      await chat.remove(action.target);
      return undefined;
    case "react":
      await chat.react(action.target, action.emoji);
      return undefined;
    case "unreact":
      await chat.unreact(action.target, action.emoji);
      return undefined;
    case "read":
      await chat.read(action.target);
      return undefined;
    case "call":
      await session.call(action.name as never, action.input as never);
      return undefined;
  }
}

/** Moves about without a wish: opens and closes, scrolls, looks, types. */
export async function stir(session: Session, late: number, chance: Chance): Promise<void> {
  const chats = session.chats.value.filter((one) => one.id !== late);
  if (chats.length === 0) return;
  const chat = session.chat(chance.pick(chats).id);
  const gap = chat.timeline.value.find((one) => one.kind === "gap");
  const shown = shownIn(chat).filter((one) => one.message.id > 0);
  const ways = [
    () => chat.open(),
    () => chat.open(),
    () => chat.close(),
    () => chat.older(),
    () => chat.loadMembers(),
    () => chat.look(),
    () => chat.leave(),
    () => chat.type(),
    () => gap && chat.fill(gap),
    () => shown.length > 0 && chat.around(chance.pick(shown).message.id),
  ];
  await chance.pick(ways)();
}
