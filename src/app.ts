import type { Server } from "bun";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import packageJson from "../package.json" with { type: "json" };
import type { Config } from "./config.ts";
import { type Clock, systemClock } from "./core/clock.ts";
import type { Operation } from "./core/feature.ts";
import { describeError, type Log } from "./core/log.ts";
import { TokenBuckets } from "./core/token-bucket.ts";
import { Dispatch } from "./events/dispatch.ts";
import { chatAudience, type EventDefinition } from "./events/event.ts";
import { Followers } from "./events/followers.ts";
import { Journal } from "./events/journal.ts";
import { accountsApi } from "./features/accounts/api.ts";
import * as accountEvents from "./features/accounts/events.ts";
import { createAccountLimits, noAccountLimits } from "./features/accounts/limits.ts";
import { Passwords } from "./features/accounts/passwords.ts";
import { requireActor } from "./features/accounts/people.ts";
import { createAccounts } from "./features/accounts/service.ts";
import { countUsers } from "./features/accounts/store.ts";
import { Tokens } from "./features/accounts/tokens.ts";
import { chatsApi } from "./features/chats/api.ts";
import * as chatEvents from "./features/chats/events.ts";
import { audiencesOf } from "./features/chats/membership.ts";
import { largeAmong } from "./features/chats/markers.ts";
import { createChats } from "./features/chats/service.ts";
import { countChats } from "./features/chats/store.ts";
import { mediaApi } from "./features/media/api.ts";
import { maxFormBytes, type MediaLimits } from "./features/media/deps.ts";
import { createProcessing } from "./features/media/processing.ts";
import { createRemoval } from "./features/media/removal.ts";
import { createMedia } from "./features/media/service.ts";
import { countFiles } from "./features/media/store.ts";
import { notificationsApi } from "./features/notifications/api.ts";
import * as notificationEvents from "./features/notifications/events.ts";
import { forgetRead } from "./features/notifications/forgetting.ts";
import { notificationsFollower } from "./features/notifications/listeners.ts";
import { createNotifications } from "./features/notifications/service.ts";
import { createTasks } from "./features/notifications/tasks.ts";
import { Undelivered } from "./features/notifications/undelivered.ts";
import { unprovedTasks } from "./features/notifications/unproved.ts";
import { socketChannel } from "./features/notifications/socket-channel.ts";
import { presenceApi } from "./features/presence/api.ts";
import { createPresence } from "./features/presence/service.ts";
import * as signals from "./features/presence/signals.ts";
import { messagesApi } from "./features/messages/api.ts";
import * as messageEvents from "./features/messages/events.ts";
import type { NewMessage } from "./features/messages/events.ts";
import { searchFollower } from "./features/messages/listeners.ts";
import { createSearch } from "./features/messages/search.ts";
import { createMessages } from "./features/messages/service.ts";
import { countMessages } from "./features/messages/store.ts";
import { systemApi } from "./features/system/api.ts";
import { createSystem } from "./features/system/service.ts";
import { commandTable } from "./gateway/commands.ts";
import type { Connection } from "./gateway/connection.ts";
import { Deliveries } from "./gateway/deliveries.ts";
import { FrameBudget } from "./gateway/frame-budget.ts";
import { createGateway } from "./gateway/gateway.ts";
import { closeCodes, serverFrames } from "./gateway/protocol.ts";
import { Sockets } from "./gateway/sockets.ts";
import { createHttp } from "./http/server.ts";
import { openDisk } from "./platform/blobs/disk.ts";
import { openSqlite } from "./platform/db/sqlite.ts";
import { memoryPresence } from "./platform/presence/memory.ts";
import { localFanout } from "./platform/fanout/local.ts";
import { inspectCommand, ProcessInspector } from "./platform/inspector/process.ts";
import { openSearch } from "./platform/search/sqlite.ts";
import { deriveKey, loadSecretKey } from "./platform/secret-key.ts";

export const { version } = packageJson;

export interface AppOptions {
  config: Config;
  log: Log;
  clock?: Clock;
  /** Makes a new secret although there is data; everybody has to sign in again. */
  rotateSecret?: boolean;
  /** Called when the process has to end, because what was written cannot be made durable. */
  onFatal(error: unknown): void;
}

export interface App {
  readonly operations: ReadonlyMap<string, Operation>;
  /** Takes calls and sockets from now on. */
  listen(): Server<Connection>;
  /** Finds out whether files can be looked at here, which `/health` tells from then on. Never fails. */
  warmUp(): Promise<void>;
  /** Settles when everything that what has been told leads to (notifications, for one) has happened. */
  settled(): Promise<void>;
  /** Sends everybody away with 1012, finishes what was accepted and lets go of the data. */
  stop(): Promise<void>;
}

/** How long requests that are under way may take when the server stops. */
const patienceMilliseconds = 5000;
/** A line that stands still for so long is given up: phones in tunnels, and answers that take their time. */
const idleSeconds = 120;
const megabyte = 1024 * 1024;

/** Wires everything. Errors: DatabaseError, SecretKeyError. */
export async function openApp(options: AppOptions): Promise<App> {
  const { config, log, clock = systemClock, onFatal } = options;
  const monotonic = () => clock.monotonic();
  const limited = config.rateLimits === "on";

  // Ports
  const directory = join(config.dataDir, "db");
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const checkpointBytes = config.checkpointMegabytes * megabyte;
  const db = await openSqlite({ directory, clock, log, checkpointBytes, onFatal });
  const secret = await loadSecretKey({
    given: config.secretKey,
    file: join(config.dataDir, "secret.key"),
    hasData: () => db.read(async (read) => (await countUsers(read)) > 0),
    rotate: options.rotateSecret ?? false,
    made: (file) => log.info("made a new secret key; keep it with your backups", { file }),
  });
  const fanout = localFanout();
  const searchIndex = openSearch({ file: join(directory, "search.sqlite"), log });
  const blobs = openDisk({
    directory: config.dataDir,
    reserve: config.diskReserveMegabytes * megabyte,
    onFatal,
  });
  const inspector = new ProcessInspector({
    command: inspectCommand(join(config.dataDir, "cache")),
    limits: {
      milliseconds: config.inspectionSeconds * 1000,
      bytes: config.inspectionMegabytes * megabyte,
    },
  });
  const here = memoryPresence(clock, config.offlineSeconds * 1000);
  const isOnline = (userId: number) => here.isOnline(userId);

  // Events
  const dispatch = new Dispatch(fanout);
  const journal = await Journal.open(db, clock, dispatch);
  const definitions = [accountEvents, chatEvents, messageEvents, notificationEvents].flatMap((one) =>
    Object.values<unknown>({ ...one }),
  ) as EventDefinition[];
  const events = new Map(definitions.map((one) => [one.type, one]));

  // Features
  const accounts = createAccounts({
    db,
    journal,
    clock,
    passwords: new Passwords({
      memoryKib: config.passwordMemoryKib,
      iterations: config.passwordIterations,
      concurrency: config.passwordConcurrency,
      queue: config.passwordQueue,
    }),
    tokens: new Tokens(
      { access: deriveKey(secret, "access tokens"), refresh: deriveKey(secret, "refresh tokens") },
      clock,
      config.accessTokenSeconds,
    ),
    limits: limited
      ? createAccountLimits(monotonic, config.registrationsPerHour, config.loginsPerMinute)
      : noAccountLimits,
    registration: config.registration,
    refreshDays: config.refreshTokenDays,
    isOnline,
  });
  const { largeChat } = config;
  const presence = createPresence({ db, dispatch, clock, log, here, largeChat });
  await presence.start();
  dispatch.onTold((event, payload) => {
    if (event === messageEvents.newMessage) presence.wrote((payload as NewMessage).message);
    if (event === chatEvents.answered) void presence.met(payload as chatEvents.Answered);
  });
  const cleans = config.fileMetadata === "strip";
  const removal = createRemoval({ db, clock, log, blobs });
  const processing = createProcessing({
    db,
    journal,
    clock,
    log,
    blobs,
    inspector,
    cleans,
    freed: () => removal.wake(),
  });
  dispatch.onTold((event) => {
    if (event === messageEvents.messageDeleted) removal.wake();
  });
  const limits = mediaLimits(config);
  const messages = createMessages({
    db,
    journal,
    clock,
    maxContentBytes: config.maxContentBytes,
    maxMentions: config.maxMentions,
    largeChat,
  });
  const features = [
    accountsApi(accounts),
    chatsApi(createChats({ db, journal, clock, isOnline, maxGroupMembers: config.maxGroupMembers })),
    messagesApi(messages, createSearch({ db, index: searchIndex })),
    mediaApi(
      createMedia({
        db,
        journal,
        clock,
        blobs,
        inspector,
        cleans,
        limits,
        wake() {
          processing.wake();
          removal.wake();
        },
      }),
    ),
    presenceApi(presence),
    notificationsApi(
      createNotifications({ db, journal, clock, isOnline, devicesPerUser: config.devicesPerUser }),
    ),
  ];
  const commands = commandTable(features.flatMap((one) => one.commands ?? []));
  const endpoints = features.flatMap((one) => one.endpoints);

  // Doors
  let server: Server<Connection> | undefined;
  const sockets = new Sockets((topic, frame) => server?.publish(topic, frame), here, config.socketsPerUser);
  fanout.connect((delivery) => sockets.apply(delivery));
  const deliveries = new Deliveries({
    clock,
    log,
    presence: here,
    socketsOf: (userId) => sockets.of(userId),
    largeAmong: (chatIds) => db.read((read) => largeAmong(read, chatIds, largeChat)),
    arrived: messages.arrived,
  });
  dispatch.onTold((event, payload) => {
    if (event !== messageEvents.newMessage) return;
    const { id, chat_id, sender_id } = (payload as NewMessage).message;
    deliveries.told(chat_id, { id, senderId: sender_id, position: dispatch.position });
  });
  const system = createSystem({
    db,
    clock,
    version,
    connections: () => sockets.size,
    online: () => here.size,
    counts: { users: countUsers, chats: countChats, messages: countMessages, files: countFiles },
    codec: () => inspector.codec,
  });
  const socket = {
    commands: [...commands.values()],
    events: definitions,
    signals: Object.values(signals),
    serverFrames,
    closeCodes,
  };
  endpoints.push(...systemApi(system, { version, endpoints: [...endpoints], socket }).endpoints);
  const messageRate = { burst: config.messagesPerSecond * 2, perSecond: config.messagesPerSecond };
  const gateway = createGateway({
    connection: {
      log,
      journal,
      looks: (connection, chat, looks) => sockets.looks(connection, chat, looks),
      presence: here,
      resume: {
        db,
        journal,
        dispatch,
        events,
        async audiencesOf(read, actor) {
          await requireActor(read, actor);
          return audiencesOf(read, actor.userId);
        },
        isOnline,
        messageType: messageEvents.newMessage.type,
      },
      deliveries,
      commands,
      budget: limited ? new FrameBudget(messageRate, clock) : undefined,
      inboundFrames: config.inboundFrames,
      inboundBytes: config.inboundBytes,
      pipelinedSends: config.pipelinedSends,
      slowBytes: config.slowBytes,
      heartbeatSeconds: config.heartbeatSeconds,
      version,
    },
    sockets,
    authenticate: accounts.authenticate,
    authenticateTicket: accounts.authenticateTicket,
    origins: [...config.corsOrigins, ...(config.publicUrl ? [new URL(config.publicUrl).origin] : [])],
    monotonic,
    maxFrameBytes: config.maxFrameBytes,
    slowHardBytes: config.slowHardBytes,
    heartbeatSeconds: config.heartbeatSeconds,
  });
  const requestRate = { burst: config.requestsPerMinute, perSecond: config.requestsPerMinute / 60 };
  const http = createHttp({
    endpoints,
    log,
    clock,
    authenticate: accounts.authenticate,
    upgrade: gateway.upgrade,
    budget: limited ? new TokenBuckets(requestRate, monotonic) : undefined,
    corsOrigins: config.corsOrigins,
    trustedProxies: config.trustedProxies,
    maxBodyBytes: config.maxBodyBytes,
    maxFormBytes: maxFormBytes(limits),
  });
  const connectedIn = (chatId: number) => here.connectedIn(chatAudience(chatId));
  const tasks = createTasks({ journal, clock, connectedIn, channels: [socketChannel(journal)] });
  const undelivered = new Undelivered({
    db,
    journal,
    clock,
    tasks: unprovedTasks({ tasks, connectedIn, largeChat }),
    silentSeconds: config.heartbeatSeconds * 2,
    failed: (error) => log.error("notifying of what did not arrive failed", describeError(error)),
  });
  const followers = new Followers({ db, journal, dispatch, log }, [
    notificationsFollower({ db, journal, tasks }),
    searchFollower({ db, journal, clock, index: searchIndex }),
  ]);
  await followers.start();
  await undelivered.start();
  dispatch.onTold((event, payload) => {
    if (event !== messageEvents.newMessage) return;
    const { message } = payload as NewMessage;
    undelivered.told(message.chat_id, message, dispatch.position);
  });
  await removal.start();
  await processing.start();
  const stopPruning = journal.keepFor(
    config.journalDays,
    () => followers.position,
    (error) => log.error("forgetting old events failed", describeError(error)),
  );
  const stopForgetting = forgetRead({ db, journal, clock }, (error) =>
    log.error("forgetting old notifications failed", describeError(error)),
  );
  const stopSweeping = clock.every(gateway.sweep.every, gateway.sweep.run);

  return {
    operations: new Map(features.flatMap((one) => one.operations ?? []).map((one) => [one.name, one])),
    listen() {
      server = Bun.serve({
        development: false,
        hostname: config.host,
        port: config.port,
        fetch: http,
        websocket: gateway.handler,
        // Bodies are read up to our own limit, and refused with our own error.
        maxRequestBodySize: Number.MAX_SAFE_INTEGER,
        idleTimeout: idleSeconds,
      });
      return server;
    },
    async warmUp() {
      await inspector.start().catch((error: unknown) => {
        log.error("files cannot be looked at", describeError(error));
      });
      if (inspector.codec?.reason) log.warn("pictures are read without sharp", { ...inspector.codec });
    },
    async settled() {
      await processing.settled();
      await removal.settled();
      await followers.settled();
      await undelivered.settled();
    },
    async stop() {
      stopSweeping();
      stopPruning();
      stopForgetting();
      gateway.close();
      // A request that is never finished does not hold up the others' goodbye.
      const stopWaiting = clock.after(patienceMilliseconds, () => void server?.stop(true));
      await server?.stop();
      stopWaiting();
      await deliveries.stop();
      await inspector.close();
      await processing.stop();
      await removal.stop();
      await presence.stop();
      await undelivered.stop();
      await followers.stop();
      await searchIndex.close();
      await blobs.close();
      await db.close();
    },
  };
}

function mediaLimits(config: Config): MediaLimits {
  return {
    perFile: {
      image: config.maxImageBytes,
      video: config.maxVideoBytes,
      audio: config.maxAudioBytes,
      document: config.maxDocumentBytes,
      other: config.maxVideoBytes,
    },
    userQuota: config.userQuotaMegabytes * megabyte,
    serverQuota: config.serverQuotaMegabytes * megabyte,
    uploadsPerUser: config.uploadsPerUser,
  };
}
