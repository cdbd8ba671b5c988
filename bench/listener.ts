/**
 * A process with one member of a chat who only listens: with the library, or with Bun's WebSocket and JSON.parse alone. Says when
 * it is connected; told to, what each message has cost it, in microseconds of CPU.
 */
import { connect, memoryStore } from "../src/client/sdk/index.ts";

export interface ListenerInput {
  port: number;
  userId: number;
  token: string;
  chatId: number;
  with: "library" | "parser";
}

export interface ListenerOutput {
  heard: number;
  /** Microseconds of CPU for a message. */
  cpu: number;
}

const input = JSON.parse(await Bun.stdin.text()) as ListenerInput;
const { port, userId, token, chatId } = input;
let heard = 0;
const count = (frame: { type: string }) => {
  if (frame.type === "new_message") heard += 1;
};
await (input.with === "library" ? listenWithLibrary() : listenWithParser());
let begun = process.cpuUsage();
process.on("message", (told) => {
  if (told === "begin") {
    heard = 0;
    begun = process.cpuUsage();
    return;
  }
  const { user, system } = process.cpuUsage(begun);
  process.send!({ heard, cpu: (user + system) / heard } satisfies ListenerOutput);
});
process.send!("connected");

async function listenWithLibrary(): Promise<void> {
  const store = memoryStore();
  const user = { id: userId, username: `user-${userId}` } as never;
  await store.keepTokens({ user, access_token: token, expires_at: Date.now() + 3_600_000 });
  const session = await connect(`http://127.0.0.1:${port}`, undefined, { store });
  await session.live();
  await session.chat(chatId).open();
  // Somebody looks at it.
  session.chats.subscribe(() => {});
  session.chat(chatId).timeline.subscribe(() => {});
  session.listen(count);
}

async function listenWithParser(): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, ["chat.v1", `bearer.${token}`]);
  const connected = Promise.withResolvers<void>();
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data as string) as { type: string };
    if (frame.type === "connected") connected.resolve();
    count(frame);
  };
  await connected.promise;
}
