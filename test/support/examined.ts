/** `parley doctor push` among servers of this machine that stand in for those of Google, Mozilla and Apple. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Examined, examinePush } from "../../src/doctor.ts";
import type { DoctorNetwork } from "../../src/platform/push/doctor/network.ts";
import { ManualClock } from "./clock.ts";
import { fcmAnswers } from "./google-answers.ts";
import { Google } from "./google.ts";

const tls = join(import.meta.dir, "../fixtures/tls");
const read = (name: string) => readFileSync(join(tls, name), "utf8");
/** Good for all hosts of these tests; of 2020; another one's. */
const certificates = { good: "hosts.pem", expired: "expired.pem", other: "google.pem" };
const keys = { good: "hosts.key", expired: "hosts.key", other: "google.key" };

/** What becomes of a call to a host. */
export type Fate =
  keyof typeof certificates | "unknown" | "unresolved" | "private" | "refused" | "unnamed" | "silent";

export class DoctorScene implements AsyncDisposable {
  readonly dataDir = mkdtempSync(join(tmpdir(), "parley-doctor-"));
  readonly credentialsFile = join(this.dataDir, "firebase.json");
  /** At the time of the machine, and standing. */
  readonly clock = new ManualClock();
  /** All is well with hosts that are not in here. */
  readonly fates = new Map<string, Fate>();
  /** What was asked and gets no answer, neither of a name nor of a host. */
  unanswered = 0;
  /** Settings of a server with which all is well. */
  readonly settings: Record<string, string> = {
    DATA_DIR: this.dataDir,
    PUBLIC_URL: "https://chat.example.org",
    FIREBASE_CREDENTIALS_PATH: this.credentialsFile,
  };
  readonly #servers = new Map<keyof typeof certificates, Bun.Server<undefined>>();

  private constructor(readonly google: Google) {
    this.clock.set(Date.now() - this.clock.now());
    google.otherwise = fcmAnswers.noToken;
    writeFileSync(this.credentialsFile, JSON.stringify(google.credentials), { mode: 0o600 });
    for (const kind of ["good", "expired", "other"] as const) {
      const certificate = { cert: read(certificates[kind]), key: read(keys[kind]) };
      const fetch = ({ headers }: Request) => {
        const [hostname = ""] = headers.get("host")?.split(":") ?? [];
        return this.fates.get(hostname) === "silent" ? this.#never() : new Response("hello");
      };
      this.#servers.set(kind, Bun.serve({ hostname: "127.0.0.1", port: 0, tls: certificate, fetch }));
    }
  }

  static async start(): Promise<DoctorScene> {
    return new DoctorScene(await Google.start());
  }

  get tokenHost(): string {
    return new URL(this.google.origin).host;
  }

  examine(more: Record<string, string> = {}): Promise<Examined> {
    return examinePush({
      variables: { ...this.settings, ...more },
      clock: this.clock,
      network: this.#network,
    });
  }

  #never(): Promise<never> {
    this.unanswered += 1;
    return new Promise(() => {});
  }

  readonly #network: DoctorNetwork = {
    resolve: async (hostname) => {
      const fate = this.fates.get(hostname);
      if (fate === "unresolved") throw Object.assign(new Error("none"), { code: "ENOTFOUND" });
      if (fate === "private") return [{ address: "192.168.1.5", family: 4 }];
      if (fate === "unnamed") return this.#never();
      return [{ address: "1.1.1.1", family: 4 }];
    },
    inPlaceOf: (host) => {
      const fate = this.fates.get(host) ?? "good";
      // Nobody listens on TCP port 1.
      if (fate === "refused") return { url: "https://127.0.0.1:1", ca: "" };
      if (host === this.tokenHost || (host === "fcm.googleapis.com" && fate === "good")) {
        return this.google.endpoint;
      }
      const kind = fate in certificates ? (fate as keyof typeof certificates) : "good";
      const port = this.#servers.get(kind)?.port;
      const ca = fate === "unknown" ? read("expired.pem") : read(certificates[kind]);
      return { url: `https://127.0.0.1:${port}`, ca };
    },
  };

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#servers.values()) await one.stop(true);
    await this.google[Symbol.asyncDispose]();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
