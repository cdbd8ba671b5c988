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
  raw?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | FormData;
  headers?: Record<string, string>;
}

/** Bytes that were downloaded; a refusal in place of them. */
export interface Downloaded {
  status: number;
  headers: Headers;
  bytes: Uint8Array;
  body: any;
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

  /** A file, as it comes. */
  async download(path: string, headers: Record<string, string> = {}): Promise<Downloaded> {
    const authorization = this.token === undefined ? {} : { Authorization: `Bearer ${this.token}` };
    const response = await fetch(this.url + path, { headers: { ...authorization, ...headers } });
    const bytes = await response.bytes();
    const type = response.headers.get("content-type");
    const body = type === "application/problem+json" ? JSON.parse(Buffer.from(bytes).toString()) : undefined;
    this.contract.checkAnswer("GET", path.split("?")[0]!, response.status, type, body);
    return { status: response.status, headers: response.headers, bytes, body };
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

  /** Sends files, into a message of theirs or ahead of it; `more` are other fields of the form. */
  upload(files: File[], to?: { id: number }, more: Record<string, string> = {}): Promise<Reply> {
    const form = new FormData();
    for (const [name, value] of Object.entries(more)) form.append(name, value);
    for (const file of files) form.append("files", file);
    return this.post(`/api/media/upload${to ? `/${to.id}` : ""}`, undefined, { raw: form });
  }

  /** Gives themselves or a chat a picture. */
  setPicture(path: string, file: File): Promise<Reply> {
    const raw = new FormData();
    raw.append("file", file);
    return this.put(path, undefined, { raw });
  }

  /** How many messages they have not read. */
  async unread(): Promise<number> {
    return (await this.get("/api/notifications/count")).body.unread_messages;
  }

  /** The newest page of a chat, oldest first. */
  async history(chatId: number, query = ""): Promise<any[]> {
    return (await this.get(`/api/messages/${chatId}${query}`)).body.messages;
  }
}
