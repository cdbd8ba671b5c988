import type { Contract } from "./contract.ts";
import { Socket, type SocketOptions } from "./socket.ts";

export interface Reply {
  status: number;
  headers: Headers;
  /** The parsed JSON; undefined for none. */
  body: any;
}

export interface CallOptions {
  token?: string | undefined;
  /** Sent as it is instead of JSON. */
  raw?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  headers?: Record<string, string>;
}

/** Calls one server; every answer is checked against its OpenAPI document. */
export class Api {
  constructor(
    readonly url: string,
    readonly contract: Contract,
    private readonly token?: string,
  ) {}

  get(path: string, options?: CallOptions): Promise<Reply> {
    return this.call("GET", path, undefined, options);
  }

  post(path: string, body?: unknown, options?: CallOptions): Promise<Reply> {
    return this.call("POST", path, body, options);
  }

  put(path: string, body?: unknown, options?: CallOptions): Promise<Reply> {
    return this.call("PUT", path, body, options);
  }

  delete(path: string, options?: CallOptions): Promise<Reply> {
    return this.call("DELETE", path, undefined, options);
  }

  async call(method: string, path: string, body: unknown, options: CallOptions = {}): Promise<Reply> {
    const token = "token" in options ? options.token : this.token;
    const response = await fetch(this.url + path, {
      method,
      redirect: "manual",
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...options.headers,
      },
      ...(options.raw !== undefined
        ? { body: options.raw }
        : body === undefined
          ? {}
          : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const type = response.headers.get("content-type");
    const parsed = text === "" ? undefined : (JSON.parse(text) as unknown);
    this.contract.checkAnswer(method, path.split("?")[0]!, response.status, type, parsed);
    if (!response.headers.get("x-request-id")) throw new Error(`${method} ${path} has no X-Request-Id`);
    return { status: response.status, headers: response.headers, body: parsed };
  }
}

/** Somebody who is signed in. */
export class Person extends Api {
  readonly id: number;
  readonly username: string;

  constructor(
    url: string,
    contract: Contract,
    /** The answer of registering or signing in. */
    readonly signedIn: any,
  ) {
    super(url, contract, signedIn.access_token);
    this.id = signedIn.user.id;
    this.username = signedIn.user.username;
  }

  get accessToken(): string {
    return this.signedIn.access_token;
  }

  /** Opens a socket and waits for its first frame. */
  async connect(options?: SocketOptions): Promise<Socket> {
    const socket = await Socket.open(this.url, this.accessToken, options, this.contract);
    await socket.next("connected");
    return socket;
  }

  /** The id of the direct chat with somebody. */
  async directWith(other: Person): Promise<number> {
    return (await this.post("/api/chats/direct", { user_id: other.id })).body.id;
  }

  /** The id of a new group. */
  async group(name: string, ...others: Person[]): Promise<number> {
    const member_ids = others.map((one) => one.id);
    return (await this.post("/api/chats/group", { name, member_ids })).body.id;
  }

  /** Writes over REST; answers the message. */
  async say(chatId: number, content: string, more: object = {}): Promise<any> {
    return (await this.post(`/api/messages/${chatId}`, { content, ...more })).body;
  }

  /** The newest page of a chat, oldest first. */
  async history(chatId: number, query = ""): Promise<any[]> {
    return (await this.get(`/api/messages/${chatId}${query}`)).body.messages;
  }
}
