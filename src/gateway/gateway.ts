import type { WebSocketHandler } from "bun";

import type { Actor } from "../core/actor.ts";
import { FairBudget } from "../core/fair-budget.ts";
import { jsonLimitsOf } from "../core/json.ts";
import type { ResumeDeps } from "../events/resume.ts";
import type { Kit } from "../kit.ts";
import type { CommandTable } from "./commands.ts";
import type { Connection, ConnectionDeps } from "./connection.ts";
import type { Deliveries } from "./deliveries.ts";
import { socketHandler } from "./handler.ts";
import { LingerBudget } from "./linger-budget.ts";
import { closeCodes } from "./protocol.ts";
import type { Sockets } from "./sockets.ts";
import { backpressureSweep, livenessSweep, type Sweep } from "./sweeps.ts";
import { createUpgrade, type Upgrade } from "./upgrade.ts";

export interface GatewayOptions {
  kit: Kit;
  sockets: Sockets;
  commands: CommandTable;
  deliveries: Deliveries;
  resume: ResumeDeps;
  authenticate(token: string): Promise<Actor>;
  authenticateTicket(ticket: string): Promise<Actor>;
  version: string;
}

export interface Gateway {
  handler: WebSocketHandler<Connection>;
  upgrade: Upgrade;
  sweep: Sweep;
  relief: Sweep;
  /** Closes all sockets with 1012, so that clients reconnect. */
  close(): void;
}

/** The WebSocket door: upgrades of requests, and Bun's handler for open sockets. */
export function createGateway(options: GatewayOptions): Gateway {
  const { kit, sockets } = options;
  const { settings, clock } = kit;
  let isClosing = false;
  const connection = connectionDeps(options);
  return {
    handler: socketHandler(settings, sockets),
    upgrade: createUpgrade({ ...options, settings, connection }, () => isClosing),
    sweep: livenessSweep(sockets, clock),
    relief: backpressureSweep(sockets, settings.slowBytesInAll),
    close() {
      isClosing = true;
      for (const one of Array.from(sockets.all())) one.close(closeCodes.restarting, "restarting");
    },
  };
}

/** What each socket works with. */
function connectionDeps({ kit, sockets, ...options }: GatewayOptions): ConnectionDeps {
  const { settings, clock } = kit;
  const rate = { burst: settings.messagesPerSecond * 2, perSecond: settings.messagesPerSecond };
  return {
    kit,
    ...options,
    run: (command, actor, input, socket) => command.run(kit, actor, input, socket),
    json: jsonLimitsOf(settings),
    looks: (connection, chat, looks) => sockets.looks(connection, chat, looks),
    budget: settings.rateLimits === "on" ? new FairBudget(rate, clock) : undefined,
    // A quarter of what open ones may have.
    linger: new LingerBudget(settings.slowBytesInAll / 4, () => clock.monotonic()),
  };
}
