import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";

/** For tests: a server that stands in for Google's. */
export interface Endpoint {
  url: string;
  /** Its certificate authority, in PEM. */
  ca: string;
}

export interface Connection<T> {
  /** What the caller made of it. */
  made: T;
  /** Why nothing can be sent, if it never came about: an error's code. */
  failure(): string | undefined;
  /** Whatever is under way fails. */
  destroy(): void;
}

const longestAnswer = 65_536;

/**
 * Calls `make`, which opens an HTTP/2 connection before it returns, as firebase-admin does in each `sendEach`. That has no
 * option for a connection of ours, hence node:http2 opens another one for just that moment.
 */
export function withConnection<T>(
  http2: typeof import("node:http2"),
  make: () => T,
  to: Endpoint | undefined,
): Connection<T> {
  const { connect } = http2;
  let session: ClientHttp2Session | undefined;
  Reflect.set(http2, "connect", (authority: string, options: object) => {
    session = guard(connect(to?.url ?? authority, { ...options, ...(to && { ca: to.ca }) }));
    return session;
  });
  try {
    return { made: make(), ...watch(session) };
  } finally {
    Reflect.set(http2, "connect", connect);
  }
}

function watch(session: ClientHttp2Session | undefined) {
  let isConnected = false;
  let problem: string | undefined;
  session?.once("connect", () => (isConnected = true));
  session?.on("error", (error: Error & { code?: string }) => (problem ??= error.code));
  return {
    failure: () => (isConnected ? undefined : (problem ?? "no connection in time")),
    destroy: () => session?.destroy(),
  };
}

function guard(session: ClientHttp2Session): ClientHttp2Session {
  // firebase-admin puts a listener on it for each message, of which Node warns from the eleventh on.
  session.setMaxListeners(0);
  const request = session.request.bind(session);
  session.request = (...args) => guardStream(request(...args));
  return session;
}

function guardStream(stream: ClientHttp2Stream): ClientHttp2Stream {
  // firebase-admin waits for an end or an error. A stream whose connection goes down closes with neither.
  stream.once("close", () => stream.emit("error", new Error("closed")));
  stream.once("response", () => {
    let length = 0;
    stream.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > longestAnswer) stream.destroy(new Error("too long"));
    });
  });
  return stream;
}
