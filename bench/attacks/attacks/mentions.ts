import type { Data } from "../../data.ts";
import type { Attack } from "../attack.ts";
import { attackers } from "../people.ts";
import { request } from "../requests.ts";

const most = 16_384;
const edited = 20;
const linesOfEdits = 4;
const writers = 4;

/** Each has thirty readings, because it may end at each of its marks. */
const names = Array.from(
  { length: 480 },
  (_, n) => `@${n.toString(36).padStart(2, "0")}${"_".repeat(29)}z`,
).join(" ");
const filled = (text: string) => text.repeat(Math.floor(most / Buffer.byteLength(text)));

/** What patterns that look for names, addresses and code may try again from each place. */
const patterns = [
  "@",
  "＠",
  "a.",
  "a.a.a.a/",
  "a://",
  "[",
  "](",
  "](/",
  "`",
  "`` ` ",
  "~~~\n",
  "> ",
  "    @abc\n",
  "@a.b-c_",
  "a_.+%=~-&#",
  "\\@abc",
  "ו@abc",
].map(filled);

const group = (data: Data) => ({ chat: data.addGroup(attackers) });

export const mentions: Attack[] = [
  {
    name: "mentions-names",
    prepare: group,
    async run(assault) {
      await assault.begin();
      await assault.keepSockets([assault.tokens[0]!], (socket) =>
        assault.atFrameRate(socket, (n) => assault.message(`${names} ${n}`)),
      );
    },
  },
  {
    name: "mentions-edits",
    prepare(data) {
      const { chat } = group(data);
      const text = { chatId: chat, senderId: attackers[0]!, content: "to be edited" };
      return { chat, first: data.addTexts(edited, () => text) };
    },
    async run(assault) {
      const [token] = assault.tokens;
      await assault.begin();
      await assault.lines(linesOfEdits, (line, round) => {
        const path = `/api/messages/${Number(assault.ground["first"]) + (round % edited)}`;
        return line.ask(request("PUT", path, JSON.stringify({ content: `${names} ${round}` }), { token }));
      });
    },
  },
  {
    name: "mentions-patterns",
    prepare: group,
    async run(assault) {
      await assault.begin();
      await assault.keepSockets(assault.tokens.slice(0, writers), (socket, index) =>
        assault.atFrameRate(socket, (n) =>
          assault.message(patterns[(n * writers + index) % patterns.length]!),
        ),
      );
    },
  },
];
