/** Somebody who makes the messages of an encrypted chat by hand, honest ones and others. */
import type { EncryptedMessage, MessageBody, VersionOf } from "../../../src/client/sdk/crypto/message.ts";
import { sealMessage } from "../../../src/client/sdk/crypto/message.ts";
import { seal } from "../../../src/e2ee/sealed.ts";
import { sign } from "./people.ts";
import { type EncryptedChat, type Epoch, hashOf, type Peer } from "./encrypted-chat.ts";

export interface Written {
  content: string;
  client_id: string;
  version: VersionOf;
}

const nothing: MessageBody = {
  type: "text",
  text: "",
  mentions: [],
  reply_to: null,
  attachments: [],
  replaces: [],
};

export class Hand {
  #ctr = 0;
  #prev: string | null = null;

  constructor(
    readonly peer: Peer,
    readonly chat: EncryptedChat,
    readonly device = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64url"),
  ) {}

  /** What is inside of this device's next message, under the last epoch of the chat. */
  inside(body: Partial<MessageBody>, changes: Partial<EncryptedMessage> = {}): Omit<EncryptedMessage, "pad"> {
    const { n, announcement } = this.chat.epoch!;
    return {
      v: 1,
      iss: this.chat.iss,
      chat: this.chat.id,
      n,
      ep: hashOf(announcement),
      from: this.peer.person.id,
      device: this.device,
      mid: crypto.randomUUID(),
      ctr: this.#ctr + 1,
      prev: this.#prev,
      seen: null,
      at: 1_800_000_000_000,
      body: { ...nothing, ...body },
      ...changes,
    };
  }

  /** A message; it does not count as one that was sent. */
  async make(
    body: Partial<MessageBody>,
    changes: Partial<EncryptedMessage> = {},
    epoch: Epoch = this.chat.epoch!,
  ): Promise<Written> {
    const message = this.inside(body, changes);
    const { text, hash } = await sealMessage(message, this.peer.keeper.ik, epoch);
    return { content: text, client_id: message.mid, version: [this.device, message.ctr, hash] };
  }

  /** Whatever is given, sealed as a message of this person. */
  async wrap(
    plaintext: string,
    from = this.peer.person.id,
    mid: string = crypto.randomUUID(),
  ): Promise<Written> {
    const { n, kid, key } = this.chat.epoch!;
    const header = { typ: "chat-msg+jwe", kid, chat: this.chat.id, n, from, mid } as const;
    const content = await seal(header, key, new TextEncoder().encode(plaintext));
    return { content, client_id: mid, version: [this.device, 1, ""] };
  }

  /** In the name of another member, by one's own key. */
  async forge(text: string, { person, keeper }: Peer): Promise<Written> {
    const inside = { ...this.inside({ text }, { from: person.id }), pad: "" };
    const pair = { ...this.peer.keeper.ik, kid: keeper.ik.kid };
    return this.wrap(await sign(inside, pair, "chat-msg+jws"), person.id, inside.mid);
  }

  /** The device goes on from this one. */
  counts({ version: [, ctr, hash] }: Written): void {
    this.#ctr = ctr;
    this.#prev = hash;
  }

  async say(text: string, changes: Partial<EncryptedMessage> = {}): Promise<Said> {
    const written = await this.make({ text }, changes);
    const { content, client_id } = written;
    const reply = await this.peer.person.post(`/api/messages/${this.chat.id}`, {
      content,
      client_id,
      encrypted: true,
    });
    if (reply.status !== 201) throw new Error(JSON.stringify(reply.body));
    this.counts(written);
    return { ...written, message: reply.body, versions: [written.version] };
  }

  async edit(said: Said, text: string): Promise<Said> {
    const written = await this.make({ type: "edit", text, replaces: said.versions });
    const { content, client_id } = written;
    const reply = await this.peer.person.put(`/api/messages/${said.message.id}`, { content, client_id });
    if (reply.status !== 200) throw new Error(JSON.stringify(reply.body));
    this.counts(written);
    return { ...written, message: reply.body, versions: [...said.versions, written.version] };
  }
}

export interface Said extends Written {
  /** As the server answered it. */
  message: any;
  /** All so far. */
  versions: VersionOf[];
}
