import { encodeJson } from "../../raw-socket.ts";
import type { Data } from "../../data.ts";
import type { Attack } from "../attack.ts";
import { attackers, crowd } from "../people.ts";

const writers = 5;
const people = 1000;
const events = 20_000;
const sockets = 10;

const large = (data: Data) => ({
  chat: data.addGroup([...attackers.slice(0, writers), ...crowd].slice(0, people)),
});

/** What one person does in a large group is for everybody to hear. */
export const crowds: Attack[] = [
  {
    name: "crowd-typing",
    crowdListens: true,
    prepare: large,
    async run(assault) {
      await assault.begin();
      await assault.keepSockets(assault.tokens.slice(0, writers), (socket) =>
        assault.atFrameRate(socket, (n) => assault.inChat(n % 2 ? "typing_stop" : "typing_start")),
      );
    },
  },
  {
    name: "crowd-messages",
    crowdListens: true,
    prepare: large,
    async run(assault) {
      await assault.begin();
      await assault.keepSockets(assault.tokens.slice(0, writers), (socket) =>
        assault.atFrameRate(socket, (n) => assault.message(`hello ${n}`)),
      );
    },
  },
  {
    name: "resuming",
    prepare(data) {
      const chat = data.addGroup(attackers);
      const text = {
        chatId: chat,
        senderId: attackers[0]!,
        content: "about as long as what people write".repeat(2),
      };
      data.addTexts(events, () => text);
      return { since: data.tellOf(chat) };
    },
    async run(assault) {
      const since = String(assault.ground["since"]);
      const again = encodeJson({ type: "resume", cursor: since });
      await assault.begin();
      const one = () =>
        assault.keepSocket(assault.tokens[0]!, () => {}, {
          since,
          answered: (type, socket) => {
            if (type === "resumed") socket.send(again);
          },
        });
      await Promise.all(Array.from({ length: sockets }, one));
    },
  },
];
