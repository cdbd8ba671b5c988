import { Data, userName } from "../data.ts";
import { type ServerProcess, startServer } from "../process.ts";
import { measureSteady } from "../steady.ts";
import type { Figure } from "../table.ts";

const size = 10;
const peopleAtOnce = 4;
const password = "a password of the bench";
const ids = Array.from({ length: size }, (_, index) => index + 1);

/** Whether people who sign in (Argon2id at its default cost) hold up those who write. */
export async function logins(parley: string, directory: string): Promise<Figure[]> {
  const data = new Data(`${directory}/logins`);
  const cost = { algorithm: "argon2id", memoryCost: 65_536, timeCost: 3 } as const;
  data.addPeople(size, await Bun.password.hash(password, cost));
  const chatId = data.addGroup(ids);
  data.close();
  const server = await startServer([parley], data.environment);
  let perSecond = 0;
  const beside = {
    "nobody signing in": () => undefined,
    "four signing in": () => {
      const people = keepLoggingIn(server);
      return async () => (perSecond = await people.stop());
    },
  };
  const figures = await measureSteady(server, { chatId, tokens: await data.tokens(ids) }, beside);
  await server.stop();
  return [...figures, { what: "500 messages/s, four signing in", unit: "logins/s", parley: perSecond }];
}

/** Four people who sign in again and again; `stop` answers how many did each second. */
function keepLoggingIn({ port }: ServerProcess): { stop(): Promise<number> } {
  const started = performance.now();
  let stopped = false;
  let done = 0;
  const people = Array.from({ length: peopleAtOnce }, async (_, index) => {
    while (!stopped) {
      const response = await fetch(`http://127.0.0.1:${port}/api/auth/login`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ username: userName(index + 1), password }),
      });
      if (!response.ok) throw new Error(`a login was answered with ${response.status}`);
      done += 1;
    }
  });
  return {
    async stop() {
      stopped = true;
      await Promise.all(people);
      return (done * 1000) / (performance.now() - started);
    },
  };
}
