/** Web Push of a server of its own, whose clock stands until a test turns it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Content, Outcome, Push, WebPush } from "../../src/platform/push/push.ts";
import { openWebPush, type WebPushOptions } from "../../src/platform/push/web-push/open.ts";
import { ManualClock } from "./clock.ts";
import { PushService } from "./push-service.ts";

export const testPush: Content = { type: "test", title: "Parley", body: "It works." };

export class OpenedWebPush {
  readonly dataDir = mkdtempSync(join(tmpdir(), "parley-push-"));
  readonly keyFile = join(this.dataDir, "vapid.key");
  readonly clock = new ManualClock();
  /** Files that were reported as new keys. */
  readonly made: string[] = [];

  open(more: Partial<WebPushOptions> = {}): Promise<WebPush & { close(): void }> {
    return openWebPush({
      dataDir: this.dataDir,
      contact: "mailto:admin@example.org",
      publicUrl: "",
      allowedHosts: [],
      clock: this.clock,
      made: (file) => this.made.push(file),
      ...more,
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** One beside a push service that it may reach and trusts, with its clock. */
export async function openBoth(more: Partial<WebPushOptions> = {}) {
  const stack = new AsyncDisposableStack();
  const opened = stack.use(new OpenedWebPush());
  const { clock } = opened;
  const service = stack.use(await PushService.start({ clock, host: "push.test" }));
  const webPush = await opened.open({
    allowedHosts: [service.host],
    ca: service.certificate,
    resolve: async () => [{ address: "127.0.0.1", family: 4 }],
    ...more,
  });
  stack.defer(() => webPush.close());
  return { clock, service, webPush, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

type Device = { endpoint: string; keys: Push["target"]["keys"] };

export function pushTo({ endpoint, keys }: Device, more: Partial<Push> = {}): Push {
  const target = { address: endpoint, platform: null, keys };
  return { target, content: testPush, topic: "chat-7", ttlSeconds: 60, ...more };
}

export async function sendOne(webPush: WebPush, device: Device, more?: Partial<Push>): Promise<Outcome> {
  const [outcome] = await webPush.send([pushTo(device, more)]);
  if (!outcome) throw new Error("no outcome");
  return outcome;
}
