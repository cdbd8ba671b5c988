import { Data } from "../data.ts";
import type { EventsInput, EventsOutput, MemoryInput, MemoryOutput } from "../events.ts";
import type { ListenerInput, ListenerOutput } from "../listener.ts";
import type { LoadInput, LoadResult } from "../load.ts";
import { converse, runClient, type ServerProcess, startServer } from "../process.ts";
import { median } from "../statistics.ts";
import type { Figure } from "../table.ts";

const members = 10;
const ids = Array.from({ length: members }, (_, index) => index + 1);
const kept: MemoryInput = { chats: 200, messages: 20_000 };
const rounds = 3;
const mebibyte = 1024 * 1024;

/** What the client library costs the program that uses it, beside one that only parses what comes. */
export async function client(parley: string, directory: string): Promise<Figure[]> {
  const chat = { members: 1000, messages: 0, events: 100_000, isWatched: false };
  const unwatched = await events(chat);
  const watched = await events({ ...chat, messages: 1000, events: 4000, isWatched: true });
  const { first, later } = await runClient<MemoryOutput>("events.ts", kept);
  const what = "events of a chat of 1,000";
  return [
    {
      what,
      unit: "events/s",
      parley: unwatched.eventsPerSecond,
      bare: 1e6 / unwatched.parsed,
      compared: true,
    },
    { what, unit: "µs each", parley: unwatched.applied, bare: unwatched.parsed },
    {
      what: "… shown after each, 1,000 messages",
      unit: "µs each",
      parley: watched.applied,
      bare: watched.parsed,
    },
    { what: "20,000 messages of 200 chats", unit: "MiB of heap", parley: first / mebibyte },
    { what: "… when 80,000 more have come", unit: "MiB of heap", parley: later / mebibyte },
    ...(await listening(parley, directory)),
  ];
}

async function events(input: EventsInput): Promise<EventsOutput> {
  const all: EventsOutput[] = [];
  for (let round = 0; round < rounds; round++) all.push(await runClient<EventsOutput>("events.ts", input));
  const of = (key: keyof EventsOutput) => median(all.map((one) => one[key]));
  return { applied: of("applied"), parsed: of("parsed"), eventsPerSecond: of("eventsPerSecond") };
}

/** 500 messages a second from a real server, to one of ten members. */
async function listening(parley: string, directory: string): Promise<Figure[]> {
  const data = new Data(`${directory}/client`);
  data.addPeople(members);
  const chatId = data.addGroup(ids);
  data.close();
  const tokens = await data.tokens(ids);
  const server = await startServer([parley], data.environment);
  const listen = (how: ListenerInput["with"]) => listenOnce(server, chatId, tokens, how);
  const library: ListenerOutput[] = [];
  const parser: ListenerOutput[] = [];
  for (let round = 0; round < rounds; round++) {
    library.push(await listen("library"));
    parser.push(await listen("parser"));
  }
  await server.stop();
  const cpu = (all: ListenerOutput[]) => median(all.map((one) => one.cpu));
  const what = "a client hears 500 messages/s";
  return [{ what, unit: "its CPU µs each", parley: cpu(library), bare: cpu(parser), compared: true }];
}

async function listenOnce(
  { port, pid }: ServerProcess,
  chatId: number,
  tokens: string[],
  how: ListenerInput["with"],
): Promise<ListenerOutput> {
  const input: ListenerInput = { port, userId: members, token: tokens.at(-1)!, chatId, with: how };
  const listener = converse<ListenerOutput | string>("listener.ts", input);
  await listener.next();
  listener.tell("begin");
  await runClient<LoadResult>("load.ts", {
    port,
    pid,
    chatId,
    tokens: tokens.slice(0, -1),
    senders: 5,
    perSecond: 500,
    warmUpSeconds: 0.5,
    seconds: 4,
  } satisfies LoadInput);
  listener.tell("end");
  const heard = (await listener.next()) as ListenerOutput;
  await listener.end();
  return heard;
}
