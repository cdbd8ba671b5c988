/** A whole server whose people have phones and browsers, with push services of this machine behind it. */
import type { Config } from "../../src/config.ts";
import { ManualClock } from "./clock.ts";
import { Google, type Received } from "./google.ts";
import type { Person } from "./person.ts";
import { PushService, type Subscription } from "./push-service.ts";
import { TestServer } from "./server.ts";

export class PushScene implements AsyncDisposable {
  private constructor(
    readonly clock: ManualClock,
    readonly google: Google,
    readonly browsers: PushService,
    readonly server: TestServer,
  ) {}

  static async start(config: Partial<Config> = {}): Promise<PushScene> {
    const clock = new ManualClock();
    const google = await Google.start({ now: () => clock.now() });
    const browsers = await PushService.start({ clock });
    const server = await TestServer.start({
      clock,
      config: {
        accessTokenSeconds: 86_400,
        firebaseCredentialsJson: JSON.stringify(google.credentials),
        pushAllowedHosts: [browsers.host],
        ...config,
      },
      pushNetwork: { ca: browsers.certificate, fcm: google.endpoint },
    });
    return new PushScene(clock, google, browsers, server);
  }

  /** The session of `person` has a phone. */
  async phone(person: Person, more: object = {}): Promise<Phone> {
    const token = `phone-${crypto.randomUUID()}`;
    const reply = await person.post("/api/auth/device-token", { token, platform: "android", ...more });
    if (reply.status !== 200) throw new Error(`no phone: ${JSON.stringify(reply.body)}`);
    return new Phone(this.google, token, reply.body.id);
  }

  /** The session of `person` has a browser that is subscribed. */
  async browser(person: Person): Promise<Subscription> {
    const { key } = (await person.get("/api/notifications/web-push-key")).body;
    const subscription = await this.browsers.subscribe(key);
    const { endpoint, keys } = subscription;
    const reply = await person.post("/api/notifications/web-push-subscriptions", { endpoint, keys });
    if (reply.status !== 200) throw new Error(`no subscription: ${JSON.stringify(reply.body)}`);
    return subscription;
  }

  /** Lets time pass, and everything happen that it leads to. */
  async later(milliseconds = 0): Promise<void> {
    await this.server.settled();
    if (milliseconds > 0) this.clock.turn(milliseconds);
    await this.server.settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.browsers[Symbol.asyncDispose]();
    await this.google[Symbol.asyncDispose]();
  }
}

/** An app that FCM reaches. */
export class Phone {
  constructor(
    private readonly google: Google,
    readonly token: string,
    readonly id: number,
  ) {}

  /** Whatever has come, as FCM got it. */
  get received(): Received[] {
    return this.google.received.get(this.token) ?? [];
  }

  /** What it was told, one short line each: `message Team: alice: hi`, `read 3`, `badge 0`. */
  get lines(): string[] {
    return this.received.map(({ data = {} }) => lineOf(data));
  }
}

/** Content as a short line. */
export function lineOf(content: object): string {
  const { type, title, body, chat_id, unread_messages } = content as Record<string, unknown>;
  if (type === "read") return `read ${String(chat_id)}`;
  if (type === "badge") return `badge ${String(unread_messages)}`;
  return `${String(type)} ${String(title)}: ${String(body)}`;
}

/** What a browser was told. */
export function linesOf(browser: Subscription): string[] {
  return browser.received.map((one) => lineOf(one.content));
}
