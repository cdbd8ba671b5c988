import type { Server } from "bun";
import { join } from "node:path";

import packageJson from "../package.json" with { type: "json" };
import { commit } from "./commit.ts";
import type { Config } from "./config.ts";
import type { Operations } from "./control.ts";
import { type Clock, systemClock } from "./core/clock.ts";
import { FairBudget } from "./core/fair-budget.ts";
import { describeError, type Log } from "./core/log.ts";
import { Places } from "./core/places.ts";
import { rateOf, TokenBuckets } from "./core/token-bucket.ts";
import { largestPage } from "./core/wire.ts";
import { databaseDirectory, openData } from "./data.ts";
import { chatAudience, type EventDefinition } from "./events/event.ts";
import { Followers } from "./events/followers.ts";
import { accountsApi } from "./features/accounts/api.ts";
import * as accountEvents from "./features/accounts/events.ts";
import { forgetUnused } from "./features/accounts/forgetting.ts";
import { createAccountLimits, noAccountLimits } from "./features/accounts/limits.ts";
import { requireActor } from "./features/accounts/people.ts";
import { usersAtOnce } from "./features/accounts/schema.ts";
import { createAccounts } from "./features/accounts/service.ts";
import { countUsers } from "./features/accounts/store.ts";
import { Tokens } from "./features/accounts/tokens.ts";
import { chatsApi } from "./features/chats/api.ts";
import * as chatEvents from "./features/chats/events.ts";
import { createMembershipLimits, noMembershipLimits } from "./features/chats/limits.ts";
import { peopleFollower } from "./features/chats/listeners.ts";
import { audiencesOf } from "./features/chats/membership.ts";
import { largeAmong } from "./features/chats/markers.ts";
import { createPace, unlimitedPace } from "./features/chats/pace.ts";
import { createChats } from "./features/chats/service.ts";
import { countChats } from "./features/chats/store.ts";
import { fillAllVacancies } from "./features/chats/succession.ts";
import { mediaApi } from "./features/media/api.ts";
import { requirePicture } from "./features/media/avatars.ts";
import { maxFormBytes, type MediaLimits } from "./features/media/deps.ts";
import { createProcessing } from "./features/media/processing.ts";
import { createRemoval } from "./features/media/removal.ts";
import { filesPerMessage } from "./features/media/schema.ts";
import { createMedia } from "./features/media/service.ts";
import { Waits } from "./features/media/waits.ts";
import { countFiles } from "./features/media/store.ts";
import { notificationsApi } from "./features/notifications/api.ts";
import { Backlog } from "./features/notifications/backlog.ts";
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
import { CallBudget, noCallBudget } from "./features/messages/call-budget.ts";
import * as messageEvents from "./features/messages/events.ts";
import { searchFollower } from "./features/messages/listeners.ts";
import { createSearch } from "./features/messages/search.ts";
import { createMessages } from "./features/messages/service.ts";
import { Statuses } from "./features/messages/statuses.ts";
import { countMessages } from "./features/messages/store.ts";
import { systemApi } from "./features/system/api.ts";
import type { Limits } from "./features/system/schema.ts";
import { createSystem } from "./features/system/service.ts";
import { commandTable } from "./gateway/commands.ts";
import type { Connection } from "./gateway/connection.ts";
import { Deliveries } from "./gateway/deliveries.ts";
import { createGateway } from "./gateway/gateway.ts";
import { Lingering } from "./gateway/lingering.ts";
import { closeCodes, serverFrames } from "./gateway/protocol.ts";
import { Sockets } from "./gateway/sockets.ts";
import { RequestLog } from "./http/request-log.ts";
import { createHttp } from "./http/server.ts";
import { openPasswords, operationsWith } from "./operator.ts";
import { openDisk } from "./platform/blobs/disk.ts";
import { memoryPresence } from "./platform/presence/memory.ts";
import { type Decoders, decodersHere } from "./platform/inspector/decoders.ts";
import { inspectCommand, ProcessInspector } from "./platform/inspector/process.ts";
import { openSearch } from "./platform/search/sqlite.ts";
import { deriveKey } from "./platform/secret-key.ts";
import { openSecret } from "./secret.ts";

export const { version } = packageJson;

export interface AppOptions {
  config: Config;
  log: Log;
  clock?: Clock;
  /** Everybody has to sign in again, and where no SECRET_KEY is given a new one is made. */
  rotateSecret?: boolean;
  /** What decodes films, sounds and HEIC pictures, where not all that this machine has is wanted. */
  decoders?: Decoders;
  /** Called when the process has to end, because what was written cannot be made durable. */
  onFatal(error: unknown): void;
}

export interface App {
  readonly operations: Operations;
  /** Takes calls and sockets from now on. */
  listen(): Server<Connection>;
  /** Finds out whether files can be looked at here, which `/health` tells from then on. Never fails. */
  warmUp(): Promise<void>;
  /** Settles when everything that what has been told leads to (notifications, for one) has happened. */
  settled(): Promise<void>;
  /**
   * Sends everybody away with 1012, finishes what was accepted and lets go of the data. Errors: what failed to close,
   * once all the rest has.
   */
  stop(): Promise<void>;
}

/** How long requests that are under way may take when the server stops. */
const patienceMilliseconds = 5000;
/** A line that stands still for so long is given up: phones in tunnels, and answers that take their time. */
const idleSeconds = 120;
const megabyte = 1024 * 1024;
/** A ticket opens one socket; as many are left over by connections that did not come about. */
const ticketsPerSocket = 2;

/** Wires everything. Errors: DatabaseError, SecretKeyError; then whatever was opened before is closed again. */
export async function openApp(options: AppOptions): Promise<App> {
  const { config, log, clock = systemClock, onFatal } = options;
  // Closed in the reverse order, all of it even when a part of it fails.
  await using opened = new AsyncDisposableStack();
  const monotonic = () => clock.monotonic();
  const limited = config.rateLimits === "on";

  // Ports
  const { dataDir } = config;
  const checkpointBytes = config.checkpointMb * megabyte;
  const data = await openData({ dataDir, clock, log, checkpointBytes, onFatal }, opened);
  const { db, journal, dispatch, fanout } = data;
  const secret = await openSecret({
    db,
    journal,
    clock,
    log,
    dataDir,
    given: config.secretKey,
    rotate: options.rotateSecret ?? false,
  });
  const searchFile = join(databaseDirectory(dataDir), "search.sqlite");
  const searchIndex = opened.adopt(
    openSearch({
      file: searchFile,
      log,
      limits: { rows: config.searchRows, milliseconds: config.searchMilliseconds },
    }),
    close,
  );
  const reserve = config.diskReserveMb * megabyte;
  const blobs = opened.adopt(openDisk({ directory: dataDir, reserve, onFatal }), close);
  const decoders = options.decoders ?? decodersHere();
  const inspector = new ProcessInspector({
    command: inspectCommand(join(dataDir, "cache"), decoders),
    limits: {
      milliseconds: config.inspectionSeconds * 1000,
      bytes: config.inspectionMb * megabyte,
    },
  });
  const here = memoryPresence(clock, config.offlineSeconds * 1000);
  const isOnline = (userId: number) => here.isOnline(userId);

  // Events
  const definitions = [accountEvents, chatEvents, messageEvents, notificationEvents].flatMap((one) =>
    Object.values<unknown>({ ...one }),
  ) as EventDefinition[];
  const events = new Map(definitions.map((one) => [one.type, one]));

  // Features
  const heavyReads = takingTurns(config);
  const passwords = openPasswords(
    config,
    limited ? { perAddress: config.passwordsPerAddress, perNetwork: config.passwordsPerNetwork } : undefined,
  );
  const accounts = createAccounts({
    db,
    journal,
    clock,
    passwords,
    tokens: new Tokens(
      {
        access: deriveKey(secret, "access tokens"),
        refresh: deriveKey(secret, "refresh tokens"),
        files: deriveKey(secret, "file tokens"),
        addresses: deriveKey(secret, "addresses"),
      },
      clock,
      config.accessTokenSeconds,
      config.socketsPerUser * ticketsPerSocket,
    ),
    heavyReads,
    limits: limited ? createAccountLimits(monotonic, config) : noAccountLimits,
    requirePicture,
    registration: config.registration,
    refreshDays: config.refreshTokenDays,
    sessionsPerUser: config.sessionsPerUser,
    addressesPerUser: config.addressesPerUser,
    isOnline,
  });
  const { largeChatMembers: largeChat } = config;
  const presence = createPresence({ db, dispatch, clock, log, here, largeChat });
  await presence.start();
  opened.defer(() => presence.stop());
  dispatch.on(messageEvents.newMessage, ({ message }) => presence.wrote(message));
  dispatch.on(chatEvents.answered, (both) => void presence.met(both));
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
    firstMilliseconds: config.inspectionFirstSeconds * 1000,
    freed: () => removal.wake(),
  });
  dispatch.on(messageEvents.messageDeleted, () => removal.wake());
  const waits = new Waits(clock, {
    milliseconds: config.mediaWaitSeconds * 1000,
    perUser: config.mediaWaitsPerUser,
  });
  dispatch.on(messageEvents.messageUpdated, ({ message }) => waits.happened({ messageId: message.id }));
  dispatch.on(messageEvents.messageDeleted, ({ message_id }) => waits.happened({ messageId: message_id }));
  dispatch.on(chatEvents.memberRemoved, ({ user_id }) => waits.happened({ userId: user_id }));
  dispatch.on(accountEvents.sessionsEnded, ({ sessionIds }) => {
    for (const sessionId of sessionIds) waits.happened({ sessionId });
  });
  const limits = mediaLimits(config);
  const statuses = new Statuses({ db, journal, dispatch, clock, log, largeChat });
  await statuses.start();
  opened.defer(() => statuses.stop());
  const pace = limited
    ? createPace({
        db,
        clock,
        largeChat,
        deliveriesPerSecond: config.largeChatDeliveriesPerSecond,
        waitingPerPerson: config.socketsPerUser * config.pipelinedSends,
      })
    : unlimitedPace;
  const messages = createMessages({
    db,
    journal,
    clock,
    maxContentBytes: config.maxContentBytes,
    mentions: { people: config.maxMentions, names: config.mentionNames },
    callBudget: limited
      ? new CallBudget(
          { perHour: config.mentionsAllPerHour, freeMembers: config.mentionsAllFreeMembers },
          monotonic,
        )
      : noCallBudget,
    statuses,
    pace,
  });
  const features = [
    accountsApi(accounts),
    chatsApi(
      createChats({
        db,
        journal,
        clock,
        isOnline,
        maxGroupMembers: config.maxGroupMembers,
        pace,
        limits: limited ? createMembershipLimits(monotonic, config) : noMembershipLimits,
        requirePicture,
      }),
    ),
    messagesApi(messages, createSearch({ db, index: searchIndex, places: takingTurns(config) })),
    mediaApi(
      createMedia({
        db,
        journal,
        clock,
        blobs,
        askInspector: processing.ask,
        cleans,
        waits,
        pace,
        heavyReads,
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
  dispatch.on(messageEvents.newMessage, ({ message: { id, chat_id, sender_id } }) => {
    deliveries.told(chat_id, { id, senderId: sender_id, position: dispatch.position });
  });
  const system = createSystem({
    db,
    clock,
    version,
    commit,
    registration: config.registration,
    limits: publishedLimits(config),
    connections: () => sockets.size,
    online: () => here.size,
    counts: { users: countUsers, chats: countChats, messages: countMessages, files: countFiles },
    codec: () => inspector.codec,
    films: decoders.codecs !== undefined ? "ok" : decoders.ffmpeg !== undefined ? "ffmpeg" : "none",
  });
  const socket = {
    commands: [...commands.values()],
    events: definitions,
    signals: Object.values(signals),
    serverFrames,
    closeCodes,
  };
  endpoints.push(...systemApi(system).endpoints);
  const json = { depth: config.jsonDepth, keys: config.jsonKeys, members: config.jsonMembers };
  const catchUpEvents = config.catchUpEventsPerSecond;
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
        places: new Places({
          perPerson: config.catchUpsPerUser,
          inAll: config.catchUpsInAll,
          // Sockets are counted where they open.
          waitingPerPerson: Infinity,
          waitingInAll: Infinity,
        }),
        budget: limited
          ? new TokenBuckets({ burst: catchUpEvents * 10, perSecond: catchUpEvents }, monotonic)
          : undefined,
        clock,
        messageType: messageEvents.newMessage.type,
      },
      deliveries,
      commands,
      json,
      budget: limited ? new FairBudget(messageRate, clock) : undefined,
      inboundFrames: config.inboundFrames,
      inboundBytes: config.inboundBytes,
      pipelinedSends: config.pipelinedSends,
      slowBytes: config.slowBytes,
      // A quarter of what open ones may have.
      lingering: new Lingering(config.slowBytesInAll / 4, monotonic),
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
    slowBytesInAll: config.slowBytesInAll,
    heartbeatSeconds: config.heartbeatSeconds,
  });
  const requestLog = new RequestLog(log, clock, {
    pathCharacters: config.logPathCharacters,
    refusalsPerMinute: limited ? config.logRefusalsPerMinute : Infinity,
  });
  opened.defer(clock.every(requestLog.summary.every, requestLog.summary.run));
  const perMinute = (burst: number) => new TokenBuckets(rateOf(burst, 60), monotonic);
  const http = createHttp({
    endpoints,
    version,
    socket,
    log,
    clock,
    authenticate: accounts.authenticate,
    authenticateFiles: accounts.authenticateFiles,
    upgrade: gateway.upgrade,
    budgets: limited
      ? {
          calls: perMinute(config.requestsPerMinute),
          files: perMinute(config.filesPerMinute),
          other: perMinute(config.otherRequestsPerMinute),
        }
      : undefined,
    publicUrl: config.publicUrl,
    corsOrigins: config.corsOrigins,
    trustedProxies: config.trustedProxies,
    bodies: {
      maxBytes: config.maxBodyBytes,
      maxAnonymousBytes: anonymousBodyBytes(config),
      json,
      // At least one body fits.
      room: {
        inAll: Math.max(config.bodyBytesInAll, config.maxBodyBytes),
        perAddress: Math.max(config.bodyBytesPerAddress, config.maxBodyBytes),
      },
    },
    maxFormBytes: maxFormBytes(limits),
    requestLog,
    arrivals: {
      perAddress: config.longBodiesPerAddress,
      inAll: config.longBodiesInAll,
      refusedMilliseconds: config.refusalMilliseconds,
    },
    refusals: { milliseconds: config.refusalMilliseconds, atOnce: config.refusalsAtOnce },
  });
  const connectedIn = (chatId: number) => here.connectedIn(chatAudience(chatId));
  const tasks = createTasks({ journal, clock, connectedIn, channels: [socketChannel(journal)] });
  const backlog = new Backlog({
    db,
    clock,
    tasks,
    failed: (error) => log.error("notifying in large chats failed", describeError(error)),
  });
  const undelivered = new Undelivered({
    db,
    journal,
    clock,
    tasks: unprovedTasks({ tasks, connectedIn, largeChat }),
    silentSeconds: config.heartbeatSeconds * 2,
    failed: (error) => log.error("notifying of what did not arrive failed", describeError(error)),
  });
  const followers = new Followers({ db, journal, dispatch, log }, [
    notificationsFollower({ db, journal, tasks, backlog }),
    searchFollower({ db, journal, clock, index: searchIndex }),
    peopleFollower({ db, journal }),
  ]);
  await accounts.renewNameKeys();
  await fillAllVacancies(db, journal, clock);
  await followers.start();
  backlog.start();
  opened.defer(() => backlog.stop());
  opened.defer(() => followers.stop());
  await undelivered.start();
  opened.defer(() => undelivered.stop());
  for (const brings of [messageEvents.newMessage, messageEvents.messageFilled]) {
    dispatch.on(brings, ({ message }) => undelivered.told(message.chat_id, message, dispatch.position));
  }
  await removal.start();
  opened.defer(() => removal.stop());
  await processing.start();
  opened.defer(() => processing.stop());
  // Before what waits for it.
  opened.defer(() => inspector.close());
  opened.defer(() => deliveries.stop());
  opened.defer(() => closeServer(server, clock));
  opened.defer(() => gateway.close());
  opened.defer(() => waits.close());
  opened.defer(() => pace.close());
  opened.defer(
    journal.keepFor(
      config.journalDays,
      () => followers.position,
      (error) => log.error("forgetting old events failed", describeError(error)),
    ),
  );
  opened.defer(
    forgetRead({ db, journal, clock }, (error) =>
      log.error("forgetting old notifications failed", describeError(error)),
    ),
  );
  const { refreshTokenDays: refreshDays, addressDays } = config;
  opened.defer(
    forgetUnused(
      { db, journal, clock, refreshDays, addressDays, connected: () => sockets.sessionIds() },
      (error) => log.error("ending unused sessions failed", describeError(error)),
    ),
  );
  for (const { every, run } of [gateway.sweep, gateway.relief]) opened.defer(clock.every(every, run));
  const closing = opened.move();

  return {
    operations: operationsWith({ db, journal, clock, passwords, isOnline }),
    listen() {
      server = Bun.serve({
        development: false,
        // Else another server on this port would take every other call, and nobody would know.
        reusePort: false,
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
      if (decoders.codecs === undefined) {
        if (decoders.ffmpeg) log.info("without decoders: ffmpeg decodes films, sounds and HEIC");
        else log.warn("without decoders and ffmpeg: films and HEIC have no thumbnails, sounds no waveforms");
      }
      await inspector.start().catch((error: unknown) => {
        log.error("files cannot be looked at", describeError(error));
      });
      if (inspector.codec?.reason) log.warn("pictures are read without sharp", { ...inspector.codec });
    },
    async settled() {
      await processing.settled();
      await removal.settled();
      await statuses.settled();
      await followers.settled();
      await backlog.settled();
      await undelivered.settled();
    },
    stop: () => closing.disposeAsync(),
  };
}

/**
 * Places in a thread that does one thing after another. The second one is for what comes next: as nobody has both, who
 * comes while one person searches is next.
 */
function takingTurns(config: Config): Places {
  return new Places({
    perPerson: 1,
    inAll: 2,
    waitingPerPerson: config.searchesPerUser,
    waitingInAll: config.searchesWaiting,
  });
}

/** Of a call without an access token: no more than of others. */
function anonymousBodyBytes({ maxAnonymousBodyBytes, maxBodyBytes }: Config): number {
  return Math.min(maxAnonymousBodyBytes, maxBodyBytes);
}

/** What clients have to keep to. */
function publishedLimits(config: Config): Limits {
  const limited = config.rateLimits === "on";
  return {
    content_bytes: config.maxContentBytes,
    files_per_message: filesPerMessage,
    image_bytes: config.maxImageBytes,
    video_bytes: config.maxVideoBytes,
    audio_bytes: config.maxAudioBytes,
    document_bytes: config.maxDocumentBytes,
    user_quota_bytes: config.userQuotaMb * megabyte || null,
    uploads_at_once: config.uploadsPerUser,
    mentions: config.maxMentions,
    group_members: config.maxGroupMembers,
    large_chat_members: config.largeChatMembers,
    page: largestPage,
    users_at_once: usersAtOnce,
    body_bytes: config.maxBodyBytes,
    anonymous_body_bytes: anonymousBodyBytes(config),
    memberships_per_hour: limited ? config.membershipsPerHour : null,
    frame_bytes: config.maxFrameBytes,
    frames_waiting: config.inboundFrames,
    frame_bytes_waiting: config.inboundBytes,
    frames_per_second: limited ? config.messagesPerSecond : null,
    requests_per_minute: limited ? config.requestsPerMinute : null,
    sockets: config.socketsPerUser,
    devices: config.devicesPerUser,
  };
}

function close(one: { close(): Promise<void> }): Promise<void> {
  return one.close();
}

/** A request that is never finished does not hold up the others' goodbye. */
async function closeServer(server: Server<Connection> | undefined, clock: Clock): Promise<void> {
  const stopWaiting = clock.after(patienceMilliseconds, () => void server?.stop(true));
  try {
    await server?.stop();
  } finally {
    stopWaiting();
  }
}

function mediaLimits(config: Config): MediaLimits {
  return {
    takesUnknown: config.fileTypes === "any",
    takesPrograms: config.programs === "allow",
    perFile: {
      image: config.maxImageBytes,
      video: config.maxVideoBytes,
      audio: config.maxAudioBytes,
      document: config.maxDocumentBytes,
      other: config.maxVideoBytes,
    },
    userQuota: config.userQuotaMb * megabyte,
    serverQuota: config.serverQuotaMb * megabyte,
    uploadsPerUser: config.uploadsPerUser,
  };
}
