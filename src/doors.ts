/** Puts the doors together: REST and WebSocket, for what the features have to offer. */
import type { Server } from "bun";

import { FairSlots } from "./core/fair-slots.ts";
import { TokenBuckets } from "./core/token-bucket.ts";
import type { EventDefinition, Signal } from "./events/event.ts";
import type { ResumeDeps } from "./events/resume.ts";
import {
  authenticate,
  authenticateFiles,
  authenticateTicket,
  requireActor,
} from "./features/accounts/index.ts";
import { arrive, audiencesOf, findSize, newMessage } from "./features/chat/index.ts";
import { maxFormBytes } from "./features/files/index.ts";
import type { Endpoint, Feature } from "./feature.ts";
import { type CommandTable, commandTable } from "./gateway/commands.ts";
import type { Connection } from "./gateway/connection.ts";
import { Deliveries } from "./gateway/deliveries.ts";
import { createGateway, type Gateway } from "./gateway/gateway.ts";
import { closeCodes, serverFrames } from "./gateway/protocol.ts";
import type { Sockets } from "./gateway/sockets.ts";
import { RequestLog } from "./http/request-log.ts";
import { createHttp, type Handler } from "./http/server.ts";
import type { Kit } from "./kit.ts";
import type { Fanout } from "./platform/fanout/fanout.ts";

/** What all features have to offer. */
interface Offered {
  endpoints: Endpoint[];
  commands: CommandTable;
  events: EventDefinition[];
  signals: Signal[];
}

export interface Doors {
  /** Takes calls and sockets from now on. */
  listen(): Server<Connection>;
  /** Asks everybody to come back in a moment, and takes nothing more. */
  close(): Promise<void>;
}

/** How long requests that are under way may take when the server stops. */
const patienceMilliseconds = 5000;
/** A line that stands still for so long is given up: phones in tunnels, and answers that take their time. */
const idleSeconds = 120;

export function openDoors(kit: Kit, features: readonly Feature[], sockets: Sockets, fanout: Fanout): Doors {
  fanout.connect((delivery) => sockets.apply(delivery));
  const offered: Offered = {
    endpoints: features.flatMap((one) => one.routes ?? []),
    commands: commandTable(features.flatMap((one) => one.commands ?? [])),
    events: features.flatMap((one) => one.events ?? []),
    signals: features.flatMap((one) => one.signals ?? []),
  };
  const deliveries = openDeliveries(kit, sockets);
  const gateway = createGateway({
    kit,
    sockets,
    commands: offered.commands,
    deliveries,
    resume: resumeDeps(kit, offered.events),
    authenticate: (token) => authenticate(kit, token),
    authenticateTicket: (ticket) => authenticateTicket(kit, ticket),
    version: kit.release.version,
  });
  const requestLog = requestLogOf(kit);
  const http = httpOf(kit, offered, gateway, requestLog);
  const listening = new AsyncDisposableStack();
  return {
    listen() {
      const server = listen(kit, http, gateway);
      sockets.publishBy(server);
      listening.defer(() => deliveries.stop());
      listening.defer(() => closeServer(server, kit));
      listening.defer(() => gateway.close());
      for (const { every, run } of [gateway.sweep, gateway.relief, requestLog.summary]) {
        listening.defer(kit.clock.every(every, run));
      }
      return server;
    },
    close: () => listening.disposeAsync(),
  };
}

function requestLogOf({ clock, log, settings }: Kit): RequestLog {
  return new RequestLog(log, clock, {
    pathCharacters: settings.logPathCharacters,
    refusalsPerMinute: settings.rateLimits === "on" ? settings.logRefusalsPerMinute : Infinity,
  });
}

function httpOf(
  kit: Kit,
  { endpoints, commands, events, signals }: Offered,
  gateway: Gateway,
  requestLog: RequestLog,
): Handler {
  return createHttp({
    kit,
    endpoints,
    authenticators: {
      authenticate: (token) => authenticate(kit, token),
      authenticateFiles: (token) => authenticateFiles(kit, token),
    },
    version: kit.release.version,
    socket: {
      commands: [...commands.values()],
      events,
      signals,
      serverFrames,
      closeCodes,
    },
    upgrade: gateway.upgrade,
    maxFormBytes: maxFormBytes(kit.settings),
    requestLog,
  });
}

function listen({ settings }: Kit, http: Handler, gateway: Gateway): Server<Connection> {
  return Bun.serve({
    development: false,
    // Else another server on this port would take every other call, and nobody would know.
    reusePort: false,
    hostname: settings.host,
    port: settings.port,
    fetch: http,
    websocket: gateway.handler,
    // Bodies are read up to our own limit, and refused with our own error.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    idleTimeout: idleSeconds,
  });
}

function openDeliveries(kit: Kit, sockets: Sockets): Deliveries {
  const { clock, log, presence, dispatch } = kit;
  const deliveries = new Deliveries({
    clock,
    log,
    presence,
    socketsOf: (userId) => sockets.of(userId),
    lookingIn: (chatId) => sockets.lookingIn(chatId),
    largeAmong: (chatIds) => largeAmong(kit, chatIds),
    arrived: (proofs) => arrive(kit, proofs),
  });
  dispatch.on(newMessage, ({ message: { id, chat_id, sender_id } }) => {
    deliveries.told(chat_id, { id, senderId: sender_id, position: dispatch.position });
  });
  return deliveries;
}

/** Those chats with so many members that only who looks at them is asked for proofs. */
function largeAmong({ db, settings }: Kit, chatIds: number[]): Promise<Set<number>> {
  return db.read(async (read) => {
    const large = new Set<number>();
    for (const id of chatIds) {
      if ((await findSize(read, id)).memberCount > settings.largeChatMembers) large.add(id);
    }
    return large;
  });
}

function resumeDeps(kit: Kit, events: EventDefinition[]): ResumeDeps {
  const { db, journal, dispatch, clock, settings, presence } = kit;
  const { catchUpEventsPerSecond: perSecond } = settings;
  return {
    db,
    journal,
    dispatch,
    events: new Map(events.map((one) => [one.type, one])),
    async audiencesOf(read, actor) {
      await requireActor(read, actor);
      return audiencesOf(read, actor.userId);
    },
    isOnline: (userId) => presence.isOnline(userId),
    slots: new FairSlots({
      perPerson: settings.catchUpsPerUser,
      inAll: settings.catchUpsInAll,
      // Sockets are counted where they open.
      waitingPerPerson: Infinity,
      waitingInAll: Infinity,
    }),
    budget:
      settings.rateLimits === "on"
        ? new TokenBuckets({ burst: perSecond * 10, perSecond }, () => clock.monotonic())
        : undefined,
    clock,
    messageType: newMessage.type,
  };
}

/** A request that is never finished does not hold up the others' goodbye. */
async function closeServer(server: Server<Connection>, { clock }: Kit): Promise<void> {
  const stopWaiting = clock.after(patienceMilliseconds, () => void server.stop(true));
  try {
    await server.stop();
  } finally {
    stopWaiting();
  }
}
