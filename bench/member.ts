import { acknowledgedNumber, numberFromEnd, readNumber } from "./numbered.ts";
import { RawSocket } from "./raw-socket.ts";

export interface MemberOptions {
  port: number;
  token: string;
  /** Message numbers stay below this. */
  most: number;
  /** Called with the number of each of its messages that is acknowledged. */
  acknowledged(number: number): void;
  /** Called with the number of each message that comes. */
  delivered?: ((number: number) => void) | undefined;
  /** Called after the bytes that arrived together, with how many acknowledgements were among them. */
  read(acknowledged: number): void;
}

const kindAt = '{"type":"'.length;
const ack = "a".charCodeAt(0);
const newMessage = "n".charCodeAt(0);
/** The letter after it tells `new_message` from `notifications_read`, which a sender may hear. */
const ofNew = "e".charCodeAt(0);
const connected = "c".charCodeAt(0);
const userStatus = "u".charCodeAt(0);
/** The others have received. */
const messageStatus = "m".charCodeAt(0);

/** One member's socket, which counts how often it has heard each message. */
export class Member {
  readonly #heard: Uint8Array;
  #socket!: RawSocket;
  #acks = 0;
  #numberFromEnd = 0;
  greeted = false;
  delivered = 0;
  /** Bytes of a `new_message` frame. */
  frameBytes = 0;

  private constructor(private readonly options: MemberOptions) {
    this.#heard = new Uint8Array(options.most);
  }

  static async connect(options: MemberOptions): Promise<Member> {
    const member = new Member(options);
    member.#socket = await RawSocket.connect({
      port: options.port,
      token: options.token,
      frame: (bytes, start, end) => member.#frame(bytes, start, end),
      read: () => member.#read(),
    });
    return member;
  }

  send(frames: Buffer): void {
    this.#socket.send(frames);
  }

  close(): void {
    this.#socket.close();
  }

  /** Of the messages from 0 to `sent`, how many never came, and how many came once too often. */
  count(sent: number): { missing: number; doubled: number } {
    let missing = 0;
    let doubled = 0;
    for (let n = 0; n < sent; n++) {
      if (this.#heard[n] === 0) missing += 1;
      else doubled += this.#heard[n]! - 1;
    }
    return { missing, doubled };
  }

  #frame(bytes: Buffer, start: number, end: number): void {
    const kind = bytes[start + kindAt]!;
    if (kind === newMessage) {
      if (bytes[start + kindAt + 1] !== ofNew) return;
      if (this.#numberFromEnd === 0) this.#learn(bytes.toString("latin1", start, end));
      const number = readNumber(bytes, end - this.#numberFromEnd);
      this.#heard[number]! += 1;
      this.delivered += 1;
      this.options.delivered?.(number);
    } else if (kind === ack) {
      this.#acks += 1;
      this.options.acknowledged(acknowledgedNumber(bytes, start));
    } else if (kind === connected) {
      this.greeted = true;
    } else if (kind !== userStatus && kind !== messageStatus) {
      throw new Error(`the server sent ${bytes.toString("utf8", start, end)}`);
    }
  }

  #learn(frame: string): void {
    this.#numberFromEnd = numberFromEnd(frame);
    this.frameBytes = frame.length;
  }

  #read(): void {
    if (this.#acks === 0) return;
    this.options.read(this.#acks);
    this.#acks = 0;
  }
}
