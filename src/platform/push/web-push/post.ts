import type { ClientRequest, IncomingMessage } from "node:http";
import { type Agent, request as openRequest } from "node:https";

import type { Clock } from "../../../core/clock.ts";

export interface Answer {
  status: number;
  retryAfter: string | undefined;
}

/** A push service that gives no answer in time. */
export class NoAnswer extends Error {}

export const mostSeconds = 10;
const mostBodySeconds = 2;
const mostBodyBytes = 4096;
const mostInterim = 8;

/**
 * What a push service answers, as soon as there is a status; a redirect is an answer as any other. Errors: NoAnswer, and
 * those of name, TLS and connection.
 */
export function post(
  url: URL,
  {
    agent,
    clock,
    headers,
    body,
  }: { agent: Agent; clock: Clock; headers: Record<string, string>; body: Buffer },
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = openRequest(url, { method: "POST", agent, headers });
  const cancel = clock.after(mostSeconds * 1000, () => request.destroy(new NoAnswer()));
  let problem: unknown = new NoAnswer();
  request.on("error", (error) => (problem = error));
  request.on("response", (response) => {
    cancel();
    drain(request, response, clock);
    resolve({ status: response.statusCode ?? 0, retryAfter: response.headers["retry-after"] });
  });
  // 100 and 103 may come before an answer as often as the service likes (RFC 9110, 15.2).
  let interim = 0;
  const countInterim = () => ++interim > mostInterim && request.destroy();
  request.on("continue", countInterim).on("information", countInterim);
  request.on("close", () => {
    cancel();
    reject(problem);
  });
  request.end(body);
  return promise;
}

/**
 * Nothing in a body is of use, but a connection whose answer has been read to its end serves again. Whoever it is may send
 * without end or very slowly, and is cut off.
 */
function drain(request: ClientRequest, response: IncomingMessage, clock: Clock): void {
  const cancel = clock.after(mostBodySeconds * 1000, () => request.destroy());
  request.on("close", cancel);
  let left = mostBodyBytes;
  response.on("data", ({ length }: Buffer) => {
    left -= length;
    if (left < 0) request.destroy();
  });
}
