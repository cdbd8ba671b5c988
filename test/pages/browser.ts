/** Debian's Chromium, driven by the runtime: what a page shows, asks for and complains about. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** A name of this machine. Browsers trust no plain http under it, as they do under 127.0.0.1 (Secure Contexts, 3.1). */
export const plainName = "chat.lan";

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--remote-debugging-port=0",
  // The browser itself, not a page, likes to ask its maker's servers for this and that: it finds none.
  `--host-resolver-rules=MAP ${plainName} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.*`,
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A browser without a page. */
interface Browser {
  program: Bun.Subprocess;
  directory: string;
  url: string;
}

export class Page {
  readonly complaints: string[] = [];
  readonly requests: string[] = [];

  private constructor(
    readonly view: Bun.WebView,
    private readonly browser: Browser,
  ) {}

  static async open(): Promise<Page> {
    const directory = mkdtempSync(join(tmpdir(), "parley-pages-"));
    const own = [`--user-data-dir=${directory}/profile`, `--log-net-log=${directory}/net.json`];
    const program = Bun.spawn(["/usr/bin/chromium", ...flags, ...own], { stderr: "pipe" });
    return Page.#in({ program, directory, url: await addressOf(program.stderr) });
  }

  static async #in(browser: Browser): Promise<Page> {
    const backend = { type: "chrome", url: browser.url } as const;
    const page = new Page(new Bun.WebView({ width: 1280, height: 900, backend }), browser);
    await page.view.navigate("about:blank");
    page.#listen();
    for (const domain of ["Network", "Log", "Runtime"]) await page.view.cdp(`${domain}.enable`);
    return page;
  }

  /** Another tab of the same browser. */
  openTab(): Promise<Page> {
    return Page.#in(this.browser);
  }

  closeTab(): void {
    this.view.close();
  }

  #listen(): void {
    const on = (name: string, heard: (data: any) => void) =>
      this.view.addEventListener(name, (event) => heard((event as MessageEvent).data));
    on("Network.requestWillBeSent", ({ request }) => this.requests.push(request.url));
    on("Network.loadingFailed", ({ errorText, type }) => this.complaints.push(`${type}: ${errorText}`));
    on("Log.entryAdded", ({ entry }) =>
      this.complaints.push(`${entry.source}: ${entry.text} ${entry.url ?? ""}`),
    );
    on("Runtime.exceptionThrown", ({ exceptionDetails: one }) =>
      this.complaints.push(one.exception?.description ?? one.text),
    );
    on("Runtime.consoleAPICalled", ({ type, args }) => {
      if (type === "error" || type === "warning") this.complaints.push(`${type}: ${JSON.stringify(args)}`);
    });
  }

  /** Opens a page and waits until `shown`, an expression of the page, is true. */
  async show(url: string, shown: string): Promise<void> {
    await this.view.navigate(url);
    await this.until(shown);
  }

  /** Waits until an expression of the page is true. */
  async until(shown: string): Promise<void> {
    const settled = await this.view.evaluate(`new Promise((resolve) => {
      const look = () => (${shown}) && resolve(true);
      new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
      setTimeout(() => resolve(false), 15000);
      look();
    })`);
    if (settled === true) return;
    throw new Error(`${this.view.url} never came to ${shown}: ${this.complaints.join("\n")}`);
  }

  /** Clicks as a person does, who scrolls to it first. */
  async click(selector: string): Promise<void> {
    await this.view.scrollTo(selector);
    await this.view.click(selector);
  }

  /** Clicks without going there first, which takes seconds in a page as long as /docs. */
  async press(selector: string): Promise<void> {
    const element = `document.querySelector(${JSON.stringify(selector)})`;
    await this.until(element);
    await this.view.evaluate(`${element}.click()`);
  }

  /** Gives a file of this machine to a form. */
  async choose(selector: string, file: string): Promise<void> {
    await this.until(`document.querySelector(${JSON.stringify(selector)})`);
    const { root } = await this.view.cdp<{ root: { nodeId: number } }>("DOM.getDocument");
    const found = { nodeId: root.nodeId, selector };
    const { nodeId } = await this.view.cdp<{ nodeId: number }>("DOM.querySelector", found);
    await this.view.cdp("DOM.setFileInputFiles", { nodeId, files: [resolve(file)] });
  }

  text(selector: string): Promise<string[]> {
    const all = `[...document.querySelectorAll(${JSON.stringify(selector)})]`;
    return this.view.evaluate(`${all}.map((one) => one.textContent.trim())`) as Promise<string[]>;
  }

  /** Keeps a picture in the directory that SCREENSHOTS names, when it does. */
  async picture(name: string): Promise<void> {
    const to = process.env["SCREENSHOTS"];
    if (to) await Bun.write(join(to, `${name}.png`), await this.view.screenshot());
  }

  /** Ends the browser; answers what it, its pages and their workers asked for, and by which origin. */
  async close(): Promise<{ url: string; by: string }[]> {
    const { program, directory } = this.browser;
    program.kill();
    await program.exited;
    const log = readFileSync(join(directory, "net.json"), "utf8");
    rmSync(directory, { recursive: true, force: true });
    return [...log.matchAll(/"initiator":"([^"]*)".*?"url":"([^"]*)"/g)].map((one) => ({
      by: one[1]!,
      url: one[2]!,
    }));
  }
}

/** Where the browser is to be reached, which it says on its standard error. */
async function addressOf(said: ReadableStream<Uint8Array>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = "";
  void (async () => {
    for await (const chunk of said) {
      text += new TextDecoder().decode(chunk);
      const [, url] = /listening on (ws:\S+)/.exec(text) ?? [];
      if (url !== undefined) resolve(url);
    }
    reject(new Error(`the browser ended: ${text}`));
  })();
  return promise;
}
