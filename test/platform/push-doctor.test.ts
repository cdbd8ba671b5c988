/** `parley doctor push` says whether push would work, and why not. */
import { expect, test } from "bun:test";
import { chmodSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Examined } from "../../src/doctor.ts";
import { loadVapidKey } from "../../src/platform/push/web-push/vapid-key.ts";
import { DoctorScene } from "../support/examined.ts";
import { fcmAnswers, oddAnswers } from "../support/google-answers.ts";
import { until } from "../support/until.ts";

const minute = 60_000;

/** The lines that say more than that something is well. */
function troubles({ lines }: Examined): string[] {
  return lines.filter((line) => !line.startsWith("ok "));
}

test("where all is well it says so of each part, sends nobody anything and writes nothing", async () => {
  await using scene = await DoctorScene.start();
  const { google, dataDir } = scene;
  const before = readdirSync(dataDir);
  const fcm = [
    `The credentials are those of ${google.credentials["client_email"]} for project parley-test.`,
    `${scene.tokenHost} can be reached.`,
    "fcm.googleapis.com can be reached.",
    "This machine's clock is right.",
    "Google hands out an access token for these credentials.",
    "FCM takes pushes from this server.",
  ];
  const webPush = [
    `There is no ${join(dataDir, "vapid.key")} yet: the server makes it when it starts.`,
    "Push services are told whom they may write to.",
    "PUBLIC_URL is an https address.",
    "fcm.googleapis.com can be reached, for Chrome and other browsers that use Google's service.",
    "updates.push.services.mozilla.com can be reached, for Firefox.",
    "web.push.apple.com can be reached, for Safari.",
    "push.test, of PUSH_ALLOWED_HOSTS, can be reached on port 443.",
    "This machine's clock is right.",
  ];
  expect(await scene.examine({ PUSH_ALLOWED_HOSTS: "push.test" })).toEqual({
    lines: [
      ...fcm.map((one) => `ok       FCM: ${one}`),
      ...webPush.map((one) => `ok       Web Push: ${one}`),
      "FCM would work.",
      "Web Push would work.",
    ],
    isWell: true,
  });
  expect([google.checked.length, google.received.size]).toEqual([1, 0]);
  expect(readdirSync(dataDir)).toEqual(before);
});

test("without credentials FCM is off, which is no failure", async () => {
  await using scene = await DoctorScene.start();
  const examined = await scene.examine({ FIREBASE_CREDENTIALS_PATH: "" });
  expect(examined.isWell).toBe(true);
  expect(examined.lines).toContain(
    "ok       FCM: It is off, because there are no credentials: FIREBASE_CREDENTIALS_PATH turns it on.",
  );
  expect(examined.lines.slice(-2)).toEqual(["FCM is off.", "Web Push would work."]);
});

const broken = (name: string, problems = "there is a problem") =>
  `${name} would not work as it should: ${problems}.`;

type Case = [what: string, spoil: (scene: DoctorScene) => Record<string, string> | void, lines: RegExp[]];

/** What is wrong with FCM, and the lines about that. */
const ofFcm: Case[] = [
  [
    "a file that is missing",
    () => ({ FIREBASE_CREDENTIALS_PATH: "/nowhere.json" }),
    [/^problem {2}FCM: FIREBASE_CREDENTIALS_PATH: there is no file \/nowhere\.json\.$/],
  ],
  [
    "credentials that are none",
    () => ({ FIREBASE_CREDENTIALS_PATH: "", FIREBASE_CREDENTIALS_JSON: "{}" }),
    [/^problem {2}FCM: FIREBASE_CREDENTIALS_JSON is not the key of a service account/],
  ],
  [
    "a clock that is wrong",
    ({ clock }) => clock.set(7 * minute),
    [/^problem {2}FCM: This machine's clock is 7 minutes fast, .* NTP\.$/],
  ],
  [
    "a key that was taken back",
    ({ google }) =>
      void (google.tokenAnswer = () => Response.json({ error: "invalid_grant" }, { status: 400 })),
    [/^problem {2}FCM: Google refuses the service account's key: it has been revoked/],
  ],
  [
    "a page in place of an access token",
    ({ google }) => void (google.tokenAnswer = oddAnswers.page),
    [/^problem {2}FCM: Google hands out no access token \(HTTP 200\)\.$/],
  ],
  [
    "an API that is off, by its reason",
    ({ google }) => void (google.otherwise = fcmAnswers.apiIsDisabled),
    [/^problem {2}FCM: The Firebase Cloud Messaging API is off .* enable it at https:\S+=parley-test /],
  ],
  [
    "an API that is off, by its words",
    ({ google }) => void (google.otherwise = fcmAnswers.apiIsOff),
    [/^problem {2}FCM: The Firebase Cloud Messaging API is off for project parley-test/],
  ],
  [
    "a service account that may not send",
    ({ google }) => void (google.otherwise = fcmAnswers.noPermission),
    [/^problem {2}FCM: push@\S+ may not send for project parley-test .* give it the role /],
  ],
  [
    "an access token that is not taken",
    ({ google }) => void (google.otherwise = fcmAnswers.unauthenticated),
    [/^problem {2}FCM: FCM does not take the access token of push@\S+ \(HTTP 401\)/],
  ],
  [
    "a project that is unknown",
    ({ google }) => void (google.otherwise = fcmAnswers.noProject),
    [/^problem {2}FCM: FCM knows no project parley-test \(HTTP 404\)/],
  ],
  [
    "FCM failing",
    ({ google }) => void (google.otherwise = fcmAnswers.internal),
    [/^problem {2}FCM: FCM has a problem \(HTTP 500\)\.$/],
  ],
  [
    "a token host that refuses connections",
    ({ fates, tokenHost }) => void fates.set(tokenHost, "refused"),
    [/^problem {2}FCM: 127\.0\.0\.1:\d+ refuses connections \(ECONNREFUSED\)/],
  ],
];

test.each(ofFcm)("FCM with %s", async (_what, spoil, expected) => {
  await using scene = await DoctorScene.start();
  const examined = await scene.examine(spoil(scene) ?? {});
  const lines = troubles(examined).filter((line) => !line.includes("Web Push: "));
  expect(lines).toEqual([
    ...expected.map((one) => expect.stringMatching(one)),
    broken("FCM"),
    "Web Push would work.",
  ]);
  expect(examined.isWell).toBe(false);
});

test("FCM is taken for well also where the token of nobody counts as one that is no more", async () => {
  await using scene = await DoctorScene.start();
  scene.google.otherwise = fcmAnswers.unregistered;
  expect((await scene.examine()).isWell).toBe(true);
});

const mozilla = "updates.push.services.mozilla.com";

/** What is wrong with Web Push, and the lines about that. */
const ofWebPush: Case[] = [
  [
    "a key that others can read",
    async ({ dataDir }: DoctorScene) => {
      await loadVapidKey(join(dataDir, "vapid.key"), () => {});
      chmodSync(join(dataDir, "vapid.key"), 0o644);
    },
    [/^problem {2}Web Push: \S+\/vapid\.key can be read by others: set its mode to 0600\.$/],
  ],
  [
    "a damaged key",
    ({ dataDir }) => writeFileSync(join(dataDir, "vapid.key"), "nonsense", { mode: 0o600 }),
    [/^problem {2}Web Push: \S+\/vapid\.key is damaged: /],
  ],
  [
    "no contact",
    () => ({ PUBLIC_URL: "" }),
    [
      /^problem {2}Web Push: Apple takes no push .* PUSH_CONTACT/,
      /^warning {2}Web Push: PUBLIC_URL is not set/,
    ],
  ],
  [
    "a contact that is none",
    () => ({ PUSH_CONTACT: "me" }),
    [/^problem {2}Web Push: PUSH_CONTACT must be an address such as/],
  ],
  [
    "bad settings",
    () => ({ PUBLIC_URL: "nonsense", PUSH_ALLOWED_HOSTS: "ntfy.lan/x" }),
    [/^problem {2}Web Push: PUBLIC_URL must be /, /^problem {2}Web Push: PUSH_ALLOWED_HOSTS must be /],
  ],
  [
    "a name that is unknown",
    ({ fates }) => void fates.set(mozilla, "unresolved"),
    [/^problem {2}Web Push: The name updates\.\S+ cannot be resolved \(ENOTFOUND\).* for Firefox\.$/],
  ],
  [
    "a name that leads astray",
    ({ fates }) => void fates.set(mozilla, "private"),
    [/^problem {2}Web Push: updates\.\S+ leads to an address that is not public/],
  ],
  [
    "a firewall",
    ({ fates }) => void fates.set(mozilla, "refused"),
    [/^problem {2}Web Push: updates\.\S+ refuses connections \(ECONNREFUSED\)/],
  ],
  [
    "a certificate that has expired",
    ({ fates }) => void fates.set("web.push.apple.com", "expired"),
    [/^problem {2}Web Push: The certificate of web\.push\.apple\.com has expired .* for Safari\.$/],
  ],
  [
    "another host's certificate",
    ({ fates }) => void fates.set(mozilla, "other"),
    [
      /^problem {2}Web Push: The certificate of updates\.\S+ is that of another host .*: something else answers/,
    ],
  ],
  [
    "a certificate by nobody who is trusted",
    ({ fates }) => void fates.set(mozilla, "unknown"),
    [/^problem {2}Web Push: The certificate of updates\.\S+ is by nobody .* NODE_EXTRA_CA_CERTS\./],
  ],
  [
    "a host of the operator that is unknown",
    ({ fates }) => {
      fates.set("push.test", "unresolved");
      return { PUSH_ALLOWED_HOSTS: "push.test" };
    },
    [/^problem {2}Web Push: The name push\.test cannot be resolved/],
  ],
];

test.each(ofWebPush)("Web Push with %s", async (_what, spoil, expected) => {
  await using scene = await DoctorScene.start();
  const examined = await scene.examine((await spoil(scene)) ?? {});
  const problems = expected.filter((one) => one.source.startsWith("^problem")).length;
  expect(troubles(examined)).toEqual([
    ...expected.map((one) => expect.stringMatching(one)),
    "FCM would work.",
    broken("Web Push", problems === 1 ? undefined : `there are ${problems} problems`),
  ]);
  expect(examined.isWell).toBe(false);
});

test.each<[string, (scene: DoctorScene) => Record<string, string> | void, RegExp[]]>([
  [
    "a clock that is off by minutes",
    ({ clock }) => clock.set(-3 * minute),
    [
      /^warning {2}FCM: This machine's clock is 3 minutes slow: /,
      /^warning {2}Web Push: .* 3 minutes slow: /,
    ],
  ],
  [
    "an address without TLS",
    () => ({ PUBLIC_URL: "http://localhost:8000", PUSH_CONTACT: "mailto:me@example.org" }),
    [/^warning {2}Web Push: PUBLIC_URL is no https address: browsers subscribe only on pages with https, /],
  ],
  [
    "an own host with another port",
    ({ fates }) => {
      fates.set("push.test", "refused");
      return { PUSH_ALLOWED_HOSTS: "push.test" };
    },
    [/^warning {2}Web Push: push\.test, of PUSH_ALLOWED_HOSTS, refuses connections on port 443: /],
  ],
  [
    "a variable whose name is nearly a setting",
    () => ({ PUSH_CONTAKT: "me" }),
    [/^warning {2}settings: PUSH_CONTAKT is no setting: is PUSH_CONTACT meant\?$/],
  ],
])("%s is a warning, with which push works", async (_what, spoil, expected) => {
  await using scene = await DoctorScene.start();
  const examined = await scene.examine(spoil(scene) ?? {});
  expect(troubles(examined)).toEqual([
    ...expected.map((one) => expect.stringMatching(one)),
    "FCM would work.",
    "Web Push would work.",
  ]);
  expect(examined.isWell).toBe(true);
});

test("a private address is called where PUSH_ALLOWED_HOSTS has its name", async () => {
  await using scene = await DoctorScene.start();
  scene.fates.set("push.test", "private");
  expect((await scene.examine({ PUSH_ALLOWED_HOSTS: "push.test" })).isWell).toBe(true);
});

test("hosts that give no answer are asked side by side, and for ten seconds", async () => {
  await using scene = await DoctorScene.start();
  const { fates, clock } = scene;
  const unnamed = ["fcm.googleapis.com", mozilla];
  for (const host of unnamed) fates.set(host, "unnamed");
  fates.set("web.push.apple.com", "silent");
  const examining = scene.examine({ FIREBASE_CREDENTIALS_PATH: "" });
  await until(() => scene.unanswered === 3);
  clock.turn(10_000);
  const lines = troubles(await examining);
  expect(lines.slice(0, 3)).toEqual(
    [...unnamed, "web.push.apple.com"].map((host) =>
      expect.stringContaining(`${host} gave no answer within 10 seconds`),
    ),
  );
});

test("no secret is in what it says, whatever is wrong", async () => {
  await using scene = await DoctorScene.start();
  const key = scene.google.credentials["private_key"] ?? "";
  const secrets = key.split("\n").filter((line) => /^[\w+/=]{20,}$/.test(line));
  expect(secrets.length).toBeGreaterThan(10);
  const json = JSON.stringify(scene.google.credentials);
  for (const given of [json, json.slice(0, -9), key, json.replace("MII", "MIX")]) {
    const { lines } = await scene.examine({
      FIREBASE_CREDENTIALS_PATH: "",
      FIREBASE_CREDENTIALS_JSON: given,
    });
    expect(secrets.filter((one) => lines.join("\n").includes(one.slice(0, 20)))).toEqual([]);
  }
  const quoting = () => Response.json({ error: { message: json, status: json } }, { status: 403 });
  for (const field of ["otherwise", "tokenAnswer"] as const) {
    scene.google[field] = quoting;
    const { lines, isWell } = await scene.examine();
    expect(isWell).toBe(false);
    expect(secrets.filter((one) => lines.join("\n").includes(one.slice(0, 20)))).toEqual([]);
  }
  expect(existsSync(join(scene.dataDir, "vapid.key"))).toBe(false);
});
