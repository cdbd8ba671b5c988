import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { encrypt, problemWithKeys } from "./encrypt.ts";
import { loadCredentials } from "./fcm/credentials.ts";
import type { Endpoint } from "./fcm/connection.ts";
import { openFcm } from "./fcm/fcm.ts";
import type { PushServices } from "./push.ts";
import type { Resolve } from "./web-push/addresses.ts";
import { openWebPush } from "./web-push/open.ts";

/** For tests: push services that stand in for those of Google and of browsers. */
export interface PushNetwork {
  /** Certificate authority of Web Push services, in PEM. */
  ca?: string;
  resolve?: Resolve;
  fcm?: Endpoint;
}

export interface PushOptions {
  settings: {
    dataDir: string;
    publicUrl: string;
    pushContact: string;
    pushAllowedHosts: readonly string[];
    firebaseCredentialsPath: string;
    firebaseCredentialsJson: string;
  };
  clock: Clock;
  log: Log;
  network?: PushNetwork | undefined;
}

/** Opens the services that the settings name. Errors: CredentialsError, VapidError. */
export async function openPush({ settings, clock, log, network = {} }: PushOptions): Promise<PushServices> {
  const { firebaseCredentialsPath: path, firebaseCredentialsJson: json } = settings;
  const account = loadCredentials({ path, json });
  const webPush = await openWebPush({
    dataDir: settings.dataDir,
    contact: settings.pushContact,
    publicUrl: settings.publicUrl,
    allowedHosts: settings.pushAllowedHosts,
    clock,
    made: (file) => log.info("made a new key for Web Push; keep it with your backups", { file }),
    ...(network.ca !== undefined && { ca: network.ca }),
    ...(network.resolve && { resolve: network.resolve }),
  });
  const fcm =
    account &&
    openFcm({
      account,
      encryptFor: (keys, plain) => encrypt(Buffer.from(plain), keys),
      clock,
      endpoint: network.fcm,
    });
  log.info("push is on", { channels: fcm ? ["fcm", "web_push"] : ["web_push"] });
  return {
    fcm,
    webPush,
    problemWithKeys,
    async close() {
      fcm?.close();
      webPush.close();
    },
  };
}
