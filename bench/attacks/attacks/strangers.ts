import type { Attack } from "../attack.ts";
import { attackers, crowd } from "../people.ts";
import { request } from "../requests.ts";

const lines = 4;
const again = 20;

/** People are put into groups, again and again, without being asked. */
export const strangers: Attack[] = [
  {
    name: "strangers-groups",
    async run(assault) {
      const body = JSON.stringify({ name: "look", member_ids: crowd });
      await assault.begin();
      await assault.lines(lines, (line) =>
        line.ask(request("POST", "/api/chats/group", body, { token: assault.tokens[0] })),
      );
    },
  },
  {
    name: "strangers-again",
    prepare: (data) => ({ chat: data.addGroup(attackers.slice(0, 1)) }),
    async run(assault) {
      const members = `/api/chats/${assault.ground["chat"]}/members`;
      const [token] = assault.tokens;
      await assault.begin();
      await assault.lines(1, async (line, round) => {
        const userId = crowd[round % again]!;
        const added = await line.ask(
          request("POST", members, JSON.stringify({ user_id: userId }), { token }),
        );
        if (added !== 201) return added;
        return line.ask(request("DELETE", `${members}/${userId}`, undefined, { token }));
      });
    },
  },
];
