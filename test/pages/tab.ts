/** Tabs of one browser, on a page of the server itself, with the client library in them. */
import { password } from "../support/server.ts";
import { Page } from "./browser.ts";

/** What a script of a tab finds: `connect`, `session`, and `ahead`, by which the tab's clock is before ours. */
const prepared = `
  const { connect } = await import("/sdk.js");
  globalThis.ahead ??= 0;
  const environment = { elapsed: () => performance.now() + ahead, random: () => 0 };`;

export class Tab {
  readonly refreshes: Refresh[] = [];

  private constructor(readonly page: Page) {
    this.#watch();
  }

  /** The first of a browser, or one more of it. `origin`: of the server. */
  static async open(origin: string, beside?: Tab): Promise<Tab> {
    const page = await (beside ? beside.page.openTab() : Page.open());
    const tab = new Tab(page);
    await page.show(`${origin}/asyncapi`, "true");
    return tab;
  }

  /** Runs a script; answers what it returns, or the code of what it failed with. */
  run(script: string): Promise<any> {
    return this.page.view.evaluate(
      `(async () => { ${script} })().catch((error) => error.code ?? String(error))`,
    );
  }

  /** Signs in; without a name it goes on with the session of the browser. Answers who it is. */
  signIn(username?: string): Promise<string> {
    const credentials = JSON.stringify(username && { username, password });
    return this.run(`${prepared}
      globalThis.session = await connect(location.origin, ${credentials}, { cookie: true, environment });
      await session.live();
      return session.me.value.username;`);
  }

  async reload(): Promise<void> {
    await this.page.view.reload();
  }

  /** Makes a call, of which `outcome` tells when it is over. */
  async begin(): Promise<void> {
    await this.run(
      `globalThis.begun = session.call("GET /api/chats").then(() => "answered", (error) => error.code);`,
    );
  }

  outcome(): Promise<string> {
    return this.run("return begun");
  }

  /** Settles when its socket is gone. */
  lost(): Promise<void> {
    return this.run(`await new Promise((resolve) =>
      session.connection.subscribe((now) => now === "live" || queueMicrotask(resolve)));`);
  }

  /** Wakes the socket and makes six calls at once. Answers how each of them has ended, and how it stands with the session. */
  wake(): Promise<{ calls: string[]; connection: string; person: string }> {
    return this.run(`
      session.wake();
      const calls = await Promise.all(
        Array.from({ length: 6 }, () => session.call("GET /api/chats").then(() => "answered", (error) => error.code)),
      );
      await session.live().catch(() => {});
      return { calls, connection: session.connection.value, person: session.me.value.username };`);
  }

  /** Answers to its refreshes stay under way until they are let come. Settles when the first is held. */
  async holdAnswers(): Promise<{ isHeld: Promise<void> }> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#on("Fetch.requestPaused", () => resolve());
    const patterns = [{ urlPattern: "*/api/auth/refresh", requestStage: "Response" }];
    await this.page.view.cdp("Fetch.enable", { patterns });
    return { isHeld: promise };
  }

  async letAnswersCome(): Promise<void> {
    await this.page.view.cdp("Fetch.disable");
  }

  /** As a browser does with tabs that nobody has looked at for long: no script of it runs. */
  async freeze(state: "frozen" | "active"): Promise<void> {
    await this.page.view.cdp("Page.setWebLifecycleState", { state });
  }

  close(): void {
    this.page.closeTab();
  }

  #watch(): void {
    const begun = new Map<string, Refresh>();
    this.#on("Network.requestWillBeSent", ({ requestId, request, timestamp }) => {
      if (!request.url.endsWith("/api/auth/refresh")) return;
      const one = { begin: timestamp };
      begun.set(requestId, one);
      this.refreshes.push(one);
    });
    const over = ({ requestId, timestamp }: any) => {
      const one = begun.get(requestId);
      if (one) one.end = timestamp;
    };
    this.#on("Network.loadingFinished", over);
    this.#on("Network.loadingFailed", over);
  }

  #on(name: string, heard: (data: any) => void): void {
    this.page.view.addEventListener(name, (event) => heard((event as MessageEvent).data));
  }
}

/** When it was on the wire, in seconds by a clock of the browser. */
export interface Refresh {
  begin: number;
  end?: number;
}

/** The most refreshes of these tabs that were on the wire at once. */
export function mostAtOnce(tabs: readonly Tab[]): number {
  const all = tabs.flatMap((one) => one.refreshes);
  const during = ({ begin }: Refresh) =>
    all.filter((one) => one.begin <= begin && begin < (one.end ?? Infinity)).length;
  return Math.max(0, ...all.map(during));
}
