import { Contract } from "../../test/support/contract.ts";
import { keysForCrowd } from "../../test/support/e2ee/crowd-keys.ts";
import { done, EncryptedChat, type Peer } from "../../test/support/e2ee/encrypted-chat.ts";
import { publish } from "../../test/support/e2ee/published.ts";
import { Api, Person } from "../../test/support/person.ts";
import { Data } from "../data.ts";
import { startServer } from "../process.ts";
import { percentile } from "../statistics.ts";
import type { Figure } from "../table.ts";

const sizes = [2, 50, 512];
const rounds = 30;

/** What an epoch costs whoever begins it, whoever reads it, and the server, in chats of several sizes. */
export async function epochs(parley: string, directory: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const size of sizes) figures.push(...(await measure(parley, `${directory}/epochs-${size}`, size)));
  return figures;
}

async function measure(parley: string, directory: string, size: number): Promise<Figure[]> {
  const data = new Data(directory);
  data.addPeople(size);
  const chatId = data.addGroup(Array.from({ length: size }, (_, i) => i + 1));
  const [token] = await data.tokens([1]);
  data.close();
  const server = await startServer([parley], data.environment);
  const url = `http://127.0.0.1:${server.port}`;
  const contract = await Contract.load(url);
  const person = new Person(url, contract, { access_token: token, user: { id: 1, username: "owner" } });
  const owner: Peer = { person, keeper: await publish({ api: new Api(url, contract) }, person) };
  const iss: string = (await person.get("/")).body.id;
  await keysForCrowd(directory, iss, chatId);
  const chat = new EncryptedChat(iss, chatId);
  done(await chat.turnOn(owner), 201);
  const figures = await measureIn(chat, owner, token ?? "", url);
  await server.stop();
  return figures.map((one) => ({ ...one, what: one.what && `${one.what}, ${size} members` }));
}

async function measureIn(chat: EncryptedChat, owner: Peer, token: string, url: string): Promise<Figure[]> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const begun: number[] = [];
  const seen: number[] = [];
  let sent = 0;
  for (let n = 0; n < rounds; n++) {
    const { announcement, envelope } = await chat.makeEpoch(owner, { reason: "repair" });
    const body = JSON.stringify({ announcement, envelope });
    sent = body.length;
    begun.push(await timed(`${url}${chat.path}/epochs`, { method: "POST", headers, body }));
    seen.push(await timed(`${url}${chat.path}`, { headers }));
  }
  const whole = await bytesOf(`${url}${chat.path}/epochs?limit=1`, headers);
  const known = await bytesOf(`${url}${chat.path}/epochs?since=1&limit=1`, headers);
  const median = (times: number[]) => percentile(times.slice(rounds / 10), 50);
  return [
    { what: "begin an epoch", unit: "ms p50", parley: median(begun) },
    { what: "", unit: "ms p95", parley: percentile(begun.slice(rounds / 10), 95) },
    { what: "", unit: "KB sent", parley: sent / 1000 },
    { what: "read it", unit: "KB", parley: whole / 1000 },
    { what: "read it with a known roster", unit: "KB", parley: known / 1000 },
    { what: "see who the next is for", unit: "ms p50", parley: median(seen) },
  ];
}

async function timed(url: string, request: RequestInit): Promise<number> {
  const started = performance.now();
  const response = await fetch(url, request);
  await response.json();
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return performance.now() - started;
}

async function bytesOf(url: string, headers: Record<string, string>): Promise<number> {
  return (await (await fetch(url, { headers })).bytes()).length;
}
