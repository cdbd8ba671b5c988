/**
 * The upper bound: Bun's own topics and nothing else. It stores nothing, parses nothing beyond finding the topic
 * and the message's number, and publishes a ready frame of the size that Parley's has (FRAME_BYTES).
 * A token is the list of the chats to hear: `Bearer 1,2`.
 */
const begin = '{"type":"new_message","filling":"';
const middle = '","content":"';
const end = '"}';
const digits = 7;
const filling = Math.max(
  0,
  Number(process.env["FRAME_BYTES"] ?? 0) - begin.length - middle.length - digits - end.length,
);
const head = begin + "x".repeat(filling) + middle;

const server = Bun.serve({
  hostname: process.env["HOST"] ?? "127.0.0.1",
  port: Number(process.env["PORT"] ?? 0),
  fetch(request, server) {
    const token = request.headers.get("authorization")?.slice("Bearer ".length);
    if (token === undefined) return new Response("{}");
    return server.upgrade(request, { data: token.split(",") })
      ? undefined
      : new Response("", { status: 426 });
  },
  websocket: {
    data: [] as string[],
    perMessageDeflate: false,
    open(ws) {
      for (const chat of ws.data) ws.subscribe(`chat:${chat}`);
      ws.send('{"type":"connected"}');
    },
    message(ws, message) {
      const text = message as string;
      const number = text.substr(text.indexOf('"request_id":"') + 14, digits);
      const chat = text.indexOf('"chat_id":') + 10;
      server.publish(`chat:${text.slice(chat, text.indexOf(",", chat))}`, head + number + end);
      ws.send(`{"type":"ack","request_id":"${number}"}`);
    },
  },
});
