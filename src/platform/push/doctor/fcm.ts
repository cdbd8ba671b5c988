import type { Clock } from "../../../core/clock.ts";
import { accessTokens } from "../fcm/access-token.ts";
import { loadCredentials, type ServiceAccount } from "../fcm/credentials.ts";
import { dryRun } from "../fcm/dry-run.ts";
import { PushConfigError, PushUnavailable } from "../push.ts";
import { compareClocks } from "./clock.ts";
import { type Diagnosis, type Finding, ok, problem } from "./finding.ts";
import type { DoctorNetwork } from "./network.ts";
import { reach, type Reached } from "./reach.ts";
import { reasonOf } from "./unreached.ts";

export interface FcmSettings {
  firebaseCredentialsPath: string;
  firebaseCredentialsJson: string;
}

interface Tools {
  clock: Clock;
  network: DoctorNetwork;
}

const name = "FCM";
const fcmHost = "fcm.googleapis.com";
/** Google takes ten. */
const mostMinutes = 5;

export async function diagnoseFcm(settings: FcmSettings, tools: Tools): Promise<Diagnosis> {
  const account = load(settings);
  if (account instanceof PushConfigError) {
    return { name, isOn: true, findings: [problem(account.message)] };
  }
  if (!account) {
    const off = ok("It is off, because there are no credentials: FIREBASE_CREDENTIALS_PATH turns it on.");
    return { name, isOn: false, findings: [off] };
  }
  return { name, isOn: true, findings: await examine(account, tools) };
}

function load(settings: FcmSettings): ServiceAccount | PushConfigError | undefined {
  const { firebaseCredentialsPath: path, firebaseCredentialsJson: json } = settings;
  try {
    return loadCredentials({ path, json });
  } catch (error) {
    if (error instanceof PushConfigError) return error;
    throw error;
  }
}

async function examine(account: ServiceAccount, tools: Tools): Promise<Finding[]> {
  const { clientEmail, projectId, tokenUri } = account;
  const hosts = new Set([new URL(tokenUri).host, fcmHost]);
  const reached = await Promise.all([...hosts].map((host) => reach(host, tools)));
  return [
    ok(`The credentials are those of ${clientEmail} for project ${projectId}.`),
    ...reached.map(ofHost),
    ...compareClocks(reached, mostMinutes),
    ...(reached.every((one) => one.isReached) ? await tryOut(account, tools) : []),
  ];
}

function ofHost(reached: Reached): Finding {
  const { host } = reached;
  return reached.isReached ? ok(`${host} can be reached.`) : problem(reasonOf(host, reached.error));
}

/** As for a push, up to the point where FCM would hand it to a device. */
async function tryOut(account: ServiceAccount, { clock, network }: Tools): Promise<Finding[]> {
  const endpoint = network.inPlaceOf(fcmHost);
  const tokens = accessTokens({ account, clock, ca: endpoint?.ca });
  try {
    await tokens.get();
    const handedOut = ok("Google hands out an access token for these credentials.");
    const refusal = await dryRun({ account, tokens, clock, endpoint });
    return [handedOut, refusal === undefined ? ok("FCM takes pushes from this server.") : problem(refusal)];
  } catch (error) {
    if (error instanceof PushUnavailable) return [problem(error.message)];
    throw error;
  }
}
