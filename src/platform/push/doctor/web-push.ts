import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";

import type { Clock } from "../../../core/clock.ts";
import { PushConfigError } from "../push.ts";
import { Addresses } from "../web-push/addresses.ts";
import { subjectOf } from "../web-push/vapid.ts";
import { readVapidKey } from "../web-push/vapid-key.ts";
import { compareClocks } from "./clock.ts";
import { type Diagnosis, type Finding, ok, problem, warning } from "./finding.ts";
import type { DoctorNetwork } from "./network.ts";
import { reach, type Reached } from "./reach.ts";
import { codeOf, reasonOf } from "./unreached.ts";

export interface WebPushSettings {
  dataDir: string;
  publicUrl: string;
  pushContact: string;
  pushAllowedHosts: readonly string[];
}

interface Tools {
  clock: Clock;
  network: DoctorNetwork;
}

const services: Record<string, string> = {
  "fcm.googleapis.com": "Chrome and other browsers that use Google's service",
  "updates.push.services.mozilla.com": "Firefox",
  "web.push.apple.com": "Safari",
};
/** A VAPID token that is signed now is for twelve hours, and a push service takes one for a day at the most. */
const mostMinutes = 11 * 60;

export async function diagnoseWebPush(
  settings: WebPushSettings,
  { clock, network }: Tools,
): Promise<Diagnosis> {
  const { pushAllowedHosts: own } = settings;
  const addresses = new Addresses(own, network.resolve);
  const resolve = (hostname: string) => addresses.resolveAllowed(hostname);
  const look = (hosts: readonly string[]) =>
    Promise.all(hosts.map((host) => reach(host, { clock, network: { ...network, resolve } })));
  const [ofBrowsers, ofOperator] = await Promise.all([look(Object.keys(services)), look(own)]);
  const findings = [
    await examineKey(join(settings.dataDir, "vapid.key")),
    examineContact(settings),
    examinePublicUrl(settings),
    ...ofBrowsers.map(ofBrowserService),
    ...ofOperator.map(ofOwnHost),
    ...compareClocks(ofBrowsers, mostMinutes),
  ];
  return { name: "Web Push", isOn: true, findings };
}

async function examineKey(file: string): Promise<Finding> {
  try {
    if (!statSync(file, { throwIfNoEntry: false })) {
      return ok(`There is no ${file} yet: the server makes it when it starts.`);
    }
    accessSync(file, constants.R_OK);
    await readVapidKey(file);
    return ok(`The key of this server in ${file} is good; keep it in the backup.`);
  } catch (error) {
    if (error instanceof PushConfigError) return problem(error.message);
    return problem(`${file} cannot be read (${codeOf(error)}): it has to belong to the server's user.`);
  }
}

function examineContact({ pushContact: contact, publicUrl }: WebPushSettings): Finding {
  try {
    if (subjectOf({ contact, publicUrl })) return ok("Push services are told whom they may write to.");
  } catch (error) {
    if (error instanceof PushConfigError) return problem(error.message);
    throw error;
  }
  return problem(
    "Apple takes no push from a server without a contact: set PUSH_CONTACT, or PUBLIC_URL to an https address.",
  );
}

function examinePublicUrl({ publicUrl }: WebPushSettings): Finding {
  if (publicUrl.startsWith("https://")) return ok("PUBLIC_URL is an https address.");
  const what = publicUrl === "" ? "PUBLIC_URL is not set" : "PUBLIC_URL is no https address";
  return warning(`${what}: browsers subscribe only on pages with https, and on localhost.`);
}

function ofBrowserService(reached: Reached): Finding {
  const { host } = reached;
  const of = `for ${services[host]}`;
  if (reached.isReached) return ok(`${host} can be reached, ${of}.`);
  return problem(`${reasonOf(host, reached.error)} It is the service ${of}.`);
}

/** Of a host in PUSH_ALLOWED_HOSTS only the people's endpoints say the port. */
function ofOwnHost(reached: Reached): Finding {
  const { host } = reached;
  if (reached.isReached) return ok(`${host}, of PUSH_ALLOWED_HOSTS, can be reached on port 443.`);
  const reason = reasonOf(host, reached.error);
  const isPort = codeOf(reached.error) === "ECONNREFUSED";
  return isPort
    ? warning(`${host}, of PUSH_ALLOWED_HOSTS, refuses connections on port 443: is another port meant?`)
    : problem(reason);
}
