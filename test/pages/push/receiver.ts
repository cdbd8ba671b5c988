import { Page } from "../browser.ts";

export interface Shown {
  title: string;
  body: string;
  tag: string;
}

/** A browser whose user has a page open and lets it show notifications. Its service worker gets pushes over CDP. */
export class Receiver {
  readonly #completed: string[] = [];
  #changed = Promise.withResolvers<void>();
  #registrationId = "";
  #otherTab = "";

  private constructor(
    readonly page: Page,
    private readonly site: Bun.Server<undefined>,
  ) {}

  /** `worker`: the file of the service worker. */
  static async open(worker: string): Promise<Receiver> {
    const site = serve(worker);
    const receiver = new Receiver(await Page.open(), site);
    await receiver.#register();
    return receiver;
  }

  get #origin(): string {
    return this.site.url.origin;
  }

  async #register(): Promise<void> {
    const { view } = this.page;
    view.addEventListener("ServiceWorker.workerRegistrationUpdated", (event) => {
      const { registrations } = (event as MessageEvent).data;
      this.#registrationId = registrations.at(-1)?.registrationId ?? "";
    });
    view.addEventListener("BackgroundService.backgroundServiceEventReceived", (event) =>
      this.#note((event as MessageEvent).data.backgroundServiceEvent),
    );
    await view.cdp("Browser.grantPermissions", { origin: this.#origin, permissions: ["notifications"] });
    await view.cdp("ServiceWorker.enable");
    await view.cdp("BackgroundService.startObserving", { service: "pushMessaging" });
    await view.cdp("BackgroundService.setRecording", { service: "pushMessaging", shouldRecord: true });
    await this.page.show(this.site.url.href, "true");
    await this.#run(`
      await navigator.serviceWorker.register("/service-worker.js");
      await navigator.serviceWorker.ready;`);
  }

  #note({ eventName, eventMetadata }: { eventName: string; eventMetadata: { value: string }[] }): void {
    if (eventName !== "Push event completed") return;
    this.#completed.push(eventMetadata.map((one) => one.value).join());
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** The browser gets this of its push service. Settles when the service worker is done with it; answers how that ended. */
  async deliver(data: string): Promise<string> {
    const index = this.#completed.length;
    const push = { origin: this.#origin, registrationId: this.#registrationId, data };
    await this.page.view.cdp("ServiceWorker.deliverPushMessage", push);
    for (;;) {
      const status = this.#completed[index];
      if (status !== undefined) return status;
      await this.#changed.promise;
    }
  }

  /** The notifications that are shown. */
  shown(): Promise<Shown[]> {
    return this.#run(`
      const all = await (await navigator.serviceWorker.ready).getNotifications();
      return all.map(({ title, body, tag }) => ({ title, body, tag }));`) as Promise<Shown[]>;
  }

  /** The user turns to another tab. */
  async hide(): Promise<void> {
    const target = await this.page.view.cdp<{ targetId: string }>("Target.createTarget", {
      url: "about:blank",
    });
    this.#otherTab = target.targetId;
    await this.#untilVisibilityIs("hidden");
  }

  /** The user comes back to the page. */
  async look(): Promise<void> {
    await this.page.view.cdp("Target.closeTarget", { targetId: this.#otherTab });
    await this.page.view.cdp("Page.bringToFront");
    await this.#untilVisibilityIs("visible");
  }

  async #untilVisibilityIs(state: string): Promise<void> {
    await this.#run(`
      while (document.visibilityState !== "${state}")
        await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));`);
  }

  #run(script: string): Promise<unknown> {
    return this.page.view.evaluate(`(async () => { ${script} })()`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.close();
    await this.site.stop(true);
  }
}

function serve(worker: string): Bun.Server<undefined> {
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    routes: {
      "/": new Response("<!doctype html><link rel=icon href=data:,><title>An app</title>", {
        headers: { "Content-Type": "text/html" },
      }),
      "/service-worker.js": new Response(Bun.file(worker), {
        headers: { "Content-Type": "text/javascript" },
      }),
    },
    fetch: () => new Response(null, { status: 404 }),
  });
}
