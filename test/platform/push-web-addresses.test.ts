import { expect, test } from "bun:test";

import type { WebPushOptions } from "../../src/platform/push/web-push/open.ts";
import { PushService } from "../support/push-service.ts";
import { openBoth, OpenedWebPush, sendOne } from "../support/web-push.ts";

const at = (address: string) => ({ address, family: address.includes(":") ? 6 : 4 });
const somewherePublic = at("93.184.216.34");
const mustBePublic = "lead to a public address";

/** What is wrong with an endpoint where all names lead somewhere public. */
async function problemWith(endpoint: string, more: Partial<WebPushOptions> = {}) {
  using opened = new OpenedWebPush();
  const webPush = await opened.open({ resolve: async () => [somewherePublic], ...more });
  return webPush.problemWith(endpoint);
}

/** Hosts that are addresses of this machine, its networks or special uses, and their odd spellings. */
const notPublic = {
  "this machine": [
    "localhost",
    "LOCALHOST",
    "localhost.",
    "a.localhost",
    "a.b.LocalHost.",
    "ⓛocalhost",
    "loc\u00ADalhost",
    "%6cocalhost",
    "127.0.0.1",
    "127.0.0.1.",
    "127.255.255.254",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0x7F.0x0.0x0.0x1",
    "017700000001",
    "0177.0.0.01",
    "127.0.0.0x1",
    "１２７.0.0.1",
    "127。0。0。1",
    "①②⑦.0.0.1",
    "%31%32%37.0.0.1",
    "0",
    "0.0.0.0",
    "0.1.2.3",
    "0x",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0000:0000:0000:0000:0000:FFFF:7F00:0001]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:53aa:64c:0:fbff:80ff:fffe]",
  ],
  "its networks": [
    "10.0.0.1",
    "10.1",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.1.1",
    "3232235777",
    "0xc0a80101",
    "169.254.169.254",
    "0xa9fea9fe",
    "100.64.0.1",
    "100.127.255.254",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[fc00::1]",
    "[fec0::1]",
    "[::ffff:a9fe:a9fe]",
    "[::ffff:192.168.1.1]",
    "[64:ff9b::a00:1]",
    "[2002:c0a8:101::1]",
  ],
  "special uses": [
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "4294967295",
    "[ff02::1]",
    "[100::1]",
    "[2001:db8::1]",
    "[2001:2::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[::2]",
    "[4000::1]",
  ],
};

for (const [what, hosts] of Object.entries(notPublic)) {
  test(`an endpoint does not lead to ${what}, however it is written`, async () => {
    for (const host of hosts) {
      for (const endpoint of [`https://${host}/push`, `https://${host}:8443`, `HTTPS:\\\\${host}\\push`]) {
        expect([endpoint, await problemWith(endpoint)]).toEqual([endpoint, mustBePublic]);
      }
    }
  });
}

test("endpoints of push services are taken", async () => {
  for (const endpoint of [
    "https://fcm.googleapis.com/fcm/send/abc:def",
    "https://updates.push.services.mozilla.com/wpush/v2/abc",
    "https://web.push.apple.com/abc",
    "https://wns2-par02p.notify.windows.com/w/?token=abc",
    "https://ntfy.example.org/upAbC?up=1",
    "https://ntfy.example.org:8443/upAbC?up=1",
    "https://ntfy.example.org./upAbC",
    "https://nicht-localhost.example/",
    "https://93.184.216.34/push",
    "https://[2606:4700:4700::1111]/push",
  ]) {
    expect([endpoint, await problemWith(endpoint)]).toEqual([endpoint, undefined]);
  }
});

test("an endpoint is an https address, without somebody's password", async () => {
  const noHttps = [
    "",
    "push",
    "//push.example.org/",
    "http://push.example.org/",
    "ftp://push.example.org/",
    "file:///etc/passwd",
    "data:,x",
    "unix:/run/docker.sock",
    "https://",
    "https://push.example.org:0/",
    "https://push.example.org:65536/",
    "https://1.2.3.4.5/",
    "https://[fe80::1%25eth0]/",
    "https://push .example.org/",
  ];
  for (const endpoint of noHttps) {
    expect([endpoint, await problemWith(endpoint)]).toEqual([endpoint, "be an https address"]);
  }
  for (const endpoint of [
    "https://a:b@push.example.org/",
    "https://127.0.0.1@push.example.org/",
    "https://:b@x.org",
  ]) {
    expect([endpoint, await problemWith(endpoint)]).toEqual([endpoint, "have no user name and no password"]);
  }
});

test("a name that leads to one address that is not public is refused", async () => {
  const others = [
    "127.0.0.1",
    "10.0.0.1",
    "169.254.169.254",
    "::1",
    "::ffff:10.0.0.1",
    "fd00::1",
    "fe80::1%eth0",
    "::7f00:1",
  ];
  for (const other of others) {
    for (const found of [[at(other)], [somewherePublic, at(other)], [at(other), somewherePublic]]) {
      const problem = await problemWith("https://push.example.org/", { resolve: async () => found });
      expect([found, problem]).toEqual([found, mustBePublic]);
    }
  }
});

test("a name that cannot be resolved now may be registered", async () => {
  const resolve = () => Promise.reject(new Error("getaddrinfo EAI_AGAIN"));
  expect(await problemWith("https://push.example.org/", { resolve })).toBeUndefined();

  using opened = new OpenedWebPush();
  const asked = Promise.withResolvers<void>();
  const never = () => {
    asked.resolve();
    return new Promise<never>(() => {});
  };
  const webPush = await opened.open({ resolve: never });
  const problem = webPush.problemWith("https://push.example.org/");
  await asked.promise;
  opened.clock.turn(3000);
  expect(await problem).toBeUndefined();
});

test("hosts that the operator allows are called wherever they are", async () => {
  const resolve = async () => [at("192.168.1.5")];
  const allowedHosts = ["ntfy.lan", "192.168.1.5", "[fd00::5]", "localhost"];
  for (const host of ["ntfy.lan", "NTFY.lan:8443", "192.168.1.5", "0xc0a80105", "[FD00:0::5]", "localhost"]) {
    expect([host, await problemWith(`https://${host}/up`, { resolve, allowedHosts })]).toEqual([
      host,
      undefined,
    ]);
  }
  for (const host of ["other.lan", "a.ntfy.lan", "ntfy.lan.", "192.168.1.6", "[fd00::6]", "a.localhost"]) {
    const problem = await problemWith(`https://${host}/up`, { resolve, allowedHosts });
    expect([host, problem]).toEqual([host, mustBePublic]);
  }
  expect(await problemWith("http://ntfy.lan/up", { allowedHosts })).toBe("be an https address");
});

test("a name that leads elsewhere by the time of the push reaches nobody", async () => {
  const answers = [[somewherePublic], [at("127.0.0.1")], [somewherePublic, at("127.0.0.1")]];
  let asked = 0;
  await using both = await openBoth({ allowedHosts: [], resolve: async () => answers[asked++] ?? [] });
  const { service, webPush } = both;
  const device = await service.subscribe();
  expect(await webPush.problemWith(device.endpoint)).toBeUndefined();
  for (const _ of [1, 2]) {
    expect(await sendOne(webPush, device)).toEqual({
      status: "later",
      detail: expect.stringMatching(/^push\.test:\d+ leads to an address that is not public,/),
    });
  }
  expect(asked).toBe(3);
  expect(service.requests).toBe(0);
});

test("a connection is made to the addresses that were checked, and a name is asked for once", async () => {
  let asked = 0;
  // Where nobody answers, and the service.
  const resolve = async () => (asked++ === 0 ? [at("127.0.0.99"), at("127.0.0.1")] : [at("127.0.0.99")]);
  await using both = await openBoth({ resolve });
  const device = await both.service.subscribe();
  for (const _ of [1, 2, 3]) expect(await sendOne(both.webPush, device)).toEqual({ status: "accepted" });
  expect(asked).toBe(1);
});

test("an address that is not public is not called for a subscription that is there already", async () => {
  await using both = await openBoth();
  const { service, webPush } = both;
  const device = await service.subscribe();
  const { port } = new URL(service.origin);
  // A connection to it is open, under a name that is allowed.
  expect(await sendOne(webPush, device)).toEqual({ status: "accepted" });
  const statusAt = async (origin: string) =>
    (await sendOne(webPush, { ...device, endpoint: device.endpoint.replace(service.origin, origin) })).status;
  for (const host of ["127.0.0.1", "0x7f.1", "localhost", "[::ffff:7f00:1]"]) {
    expect([host, await statusAt(`https://${host}:${port}`)]).toEqual([host, "later"]);
  }
  for (const host of ["a.push.test", "push.test."]) {
    expect([host, await statusAt(`https://${host}:${port}`)]).toEqual([host, "later"]);
  }
  expect(await statusAt(`http://push.test:${port}`)).toBe("later");
  expect(service.requests).toBe(1);
  expect(device.received).toHaveLength(1);
});

test("the system's resolver is asked by default", async () => {
  using opened = new OpenedWebPush();
  await using service = await PushService.start({ clock: opened.clock, host: "localhost" });
  const webPush = await opened.open({ allowedHosts: [service.host], ca: service.certificate });
  const device = await service.subscribe();
  expect(await webPush.problemWith(device.endpoint)).toBeUndefined();
  expect(await sendOne(webPush, device)).toEqual({ status: "accepted" });
  webPush.close();
});
