/** What is in encrypted messages, for somebody who loads everything anew. */
import { connect } from "../../../src/client/sdk/index.ts";
import { chatCalls } from "../../../src/client/sdk/encryption/chats/calls.ts";
import {
  type CarriedMessage,
  EncryptedChat,
} from "../../../src/client/sdk/encryption/chats/encrypted-chat.ts";
import type { ChatKeys } from "../../../src/client/sdk/encryption/chats/ports.ts";
import { password } from "../server.ts";
import type { View } from "./fresh.ts";

type Session = Awaited<ReturnType<typeof connect>>;
type Json = Record<string, any>;

interface Inside {
  content: string;
  mentions: number[];
}

export class Reader {
  readonly #chats = new Map<number, EncryptedChat>();
  /** By what the server has. */
  readonly #inside = new Map<string, Inside>();

  private constructor(
    private readonly session: Session,
    private readonly keys: ChatKeys,
  ) {}

  /** Undefined for who has no keys. */
  static async of(
    url: string,
    username: string,
    recoveryKey: string | undefined,
  ): Promise<Reader | undefined> {
    if (recoveryKey === undefined) return undefined;
    const session = await connect(url, { username, password });
    await session.live();
    await session.encryption.unlock({ recoveryKey });
    const part = await session.encryption.part();
    const { iss, ik, eks } = await part.own();
    const keys: ChatKeys = {
      iss,
      userId: session.me.value.id,
      device: "",
      identity: async () => ik,
      encryptionKey: async (kid) => eks.get(kid),
      chains: async (ids) =>
        new Map(
          (await part.chains(ids)).flatMap((one) => (one.chain ? [[one.userId, one.chain] as const] : [])),
        ),
      pinOf: () => undefined,
      blocks: () => undefined,
      knownChat: () => undefined,
      async rememberChat() {},
    };
    return new Reader(session, keys);
  }

  /** Puts what is inside in the place of what stands outside, everywhere. */
  async open({ chats }: View): Promise<void> {
    for (const { info, messages } of chats) {
      if (!info["encryption"].on) continue;
      const all = new Map<number, Inside>();
      for (const one of messages) if (one["encrypted"]) all.set(one["id"], await this.#open(info, one));
      for (const one of [...messages, info["last_message"] ?? {}]) show(one, all);
    }
  }

  async #open(info: Json, message: Json): Promise<Inside> {
    const { content } = message;
    let inside = this.#inside.get(content);
    if (!inside) {
      const { body } = (await this.#chat(info).open(message as unknown as CarriedMessage)).payload;
      inside = { content: body.text, mentions: body.mentions };
      this.#inside.set(content, inside);
    }
    return inside;
  }

  #chat(info: Json): EncryptedChat {
    const { id, chat_type } = info as { id: number; chat_type: string };
    let chat = this.#chats.get(id);
    if (!chat) {
      const calls = chatCalls((name, input) => this.session.call(name, input), id);
      const parts = { id, isGroup: chat_type === "group", keys: this.keys, calls, now: Date.now };
      chat = new EncryptedChat({ ...parts, isRefusal: () => false, showProblem() {} });
      this.#chats.set(id, chat);
    }
    return chat;
  }
}

function show(message: Json, all: ReadonlyMap<number, Inside>): void {
  Object.assign(message, all.get(message["id"]));
  const quoted = all.get(message["reply_to_id"]);
  if (quoted) message["reply_to"].content = quoted.content;
}
