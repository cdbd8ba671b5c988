import type { Assault } from "../assault.ts";
import type { Attack } from "../attack.ts";
import { request } from "../requests.ts";

const most = 1_048_000;
const lines = 4;
const seconds = 5;
const signIn = ["/api/auth/register", "/api/auth/login"];

const elements = (one: string, count: number) => `[${`${one},`.repeat(count - 1)}${one}]`;
const keys = `{${Array.from({ length: 100_000 }, (_, n) => `"${n.toString(36)}":0`).join()}}`;
const long = "a".repeat(most - 100);

/** Bodies of a megabyte that are quickly made and slowly looked at. */
const anonymous: Record<string, string> = {
  "json-array": elements("0", 520_000),
  "json-arrays": elements("[]", 349_000),
  "json-keys": keys,
  "json-email": JSON.stringify({
    username: "abc",
    password: "abcdefgh",
    email: `${"a@".repeat(500_000)}b.c`,
  }),
  "json-depth": "[".repeat(most),
};

const signedIn: [method: string, path: string, body: string][] = [
  ["POST", "/api/chats/group", `{"name":"a","member_ids":${elements("11", 300_000)}}`],
  ["PUT", "/api/auth/me", `{"avatar_url":"https://a.b/${long}"}`],
  ["PUT", "/api/auth/me", `{"full_name":"${long}"}`],
  ["PUT", "/api/auth/me", `{"bio":"${long}"}`],
  ["PUT", "/api/auth/me", `{"email":"${"a.".repeat(500_000)}@b.c","current_password":"abcdefgh"}`],
  ["POST", "/api/chats/group", `{"name":"${long}"}`],
  ["POST", "/api/chats/group", `{"name":"a","avatar_url":"http://${"a.".repeat(500_000)}c"}`],
  ["PUT", "/api/auth/me", elements("[]", 349_000)],
  ["POST", "/api/messages/1", `{"content":"${"\\u0001".repeat(170_000)}a"}`],
];

export const json: Attack[] = [
  ...Object.entries(anonymous).map(([name, body]) => ({
    name,
    seconds,
    async run(assault: Assault) {
      const requests = signIn.map((path) => request("POST", path, body, { type: "application/json" }));
      await assault.begin();
      await assault.lines(lines, (line, round) => line.ask(requests[round % requests.length]!));
    },
  })),
  {
    name: "json-signed-in",
    async run(assault) {
      await assault.begin();
      await assault.lines(lines, (line, round) => {
        const [method, path, body] = signedIn[round % signedIn.length]!;
        const token = assault.tokens[Math.floor(round / signedIn.length) % 2];
        return line.ask(request(method, path, body, { token }));
      });
    },
  },
];
