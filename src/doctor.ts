/** `parley doctor push`: whether each way to push would work, and why not. It reads settings and files, and writes nothing. */
import { ConfigError } from "./config-error.ts";
import { findMisspelt, loadSettings } from "./config.ts";
import { type Clock, systemClock } from "./core/clock.ts";
import { becomeOwner } from "./platform/owner.ts";
import { diagnoseFcm } from "./platform/push/doctor/fcm.ts";
import { type Diagnosis, type Finding, problem, warning, wouldWork } from "./platform/push/doctor/finding.ts";
import { type DoctorNetwork, realNetwork } from "./platform/push/doctor/network.ts";
import { diagnoseWebPush } from "./platform/push/doctor/web-push.ts";

export interface DoctorOptions {
  /** Instead of this process's. */
  variables?: Record<string, string | undefined>;
  clock?: Clock;
  network?: DoctorNetwork;
}

export interface Examined {
  /** A line for each check, and one for each channel. */
  lines: string[];
  /** Every channel that is on would work. */
  isWell: boolean;
}

const ofFcm = ["FIREBASE_CREDENTIALS_PATH", "FIREBASE_CREDENTIALS_JSON"] as const;
const ofWebPush = ["DATA_DIR", "PUBLIC_URL", "PUSH_CONTACT", "PUSH_ALLOWED_HOSTS"] as const;

/** Errors: OwnerError. */
export async function examinePush(options: DoctorOptions = {}): Promise<Examined> {
  const { variables, clock = systemClock, network = realNetwork } = options;
  const tools = { clock, network };
  // Whether the server can read its files, not whether root can.
  becomeOwner(loadSettings(["DATA_DIR"], variables).dataDir);
  const diagnoses = await Promise.all([
    orBadSettings("FCM", () => diagnoseFcm(loadSettings(ofFcm, variables), tools)),
    orBadSettings("Web Push", () => diagnoseWebPush(loadSettings(ofWebPush, variables), tools)),
  ]);
  const lines = [
    ...misspelt(variables).map((one) => toLine(one)),
    ...diagnoses.flatMap(({ name, findings }) => findings.map((one) => toLine(one, name))),
    ...diagnoses.map(conclude),
  ];
  return { lines, isWell: diagnoses.every((one) => !one.isOn || wouldWork(one)) };
}

/** A server with bad settings does not start; the other channel is looked at all the same. */
async function orBadSettings(name: string, diagnose: () => Promise<Diagnosis>): Promise<Diagnosis> {
  try {
    return await diagnose();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { name, isOn: true, findings: error.message.split("\n").map(problem) };
  }
}

/** A channel may be off because the name of its setting is. */
function misspelt(variables: DoctorOptions["variables"]): Finding[] {
  const ours: string[] = [...ofFcm, ...ofWebPush];
  return findMisspelt(variables)
    .filter(({ nearest }) => ours.includes(nearest))
    .map(({ variable, nearest }) => warning(`${variable} is no setting: is ${nearest} meant?`));
}

function toLine({ level, sentence }: Finding, name = "settings"): string {
  return `${level.padEnd("problem".length)}  ${name}: ${sentence}`;
}

function conclude(diagnosis: Diagnosis): string {
  const { name, isOn, findings } = diagnosis;
  if (!isOn) return `${name} is off.`;
  if (wouldWork(diagnosis)) return `${name} would work.`;
  const { length } = findings.filter((one) => one.level === "problem");
  return `${name} would not work as it should: ${length === 1 ? "there is a problem" : `there are ${length} problems`}.`;
}
