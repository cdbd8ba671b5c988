/**
 * Runs where Google's host names lead to this machine: the executable pushes to a phone by FCM. Prints what the server says
 * of it, and what arrived. `trusted`: the server trusts the certificate that is shown there.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { Home } from "../../support/executable.ts";
import { Google } from "../../support/google.ts";

const token = "a-phone";

await using google = await Google.start({ port: 443, tokenUri: "https://oauth2.googleapis.com/token" });
await using home = new Home();
const credentials = join(home.directory, "firebase.json");
writeFileSync(credentials, JSON.stringify(google.credentials));
const certificate = join(import.meta.dir, "../../fixtures/tls/google.pem");
const settings = {
  FIREBASE_CREDENTIALS_PATH: credentials,
  ...(process.argv.includes("trusted") && { NODE_EXTRA_CA_CERTS: certificate }),
};
const server = await home.start({ settings });
const [alice, bob] = [await server.register("alice"), await server.register("bob")];
await bob.post("/api/auth/device-token", { token, platform: "android" });
const [{ outcome, detail }] = (await bob.post("/api/notifications/test")).body.devices;
if (outcome === "accepted") {
  await google.next(token);
  await alice.say(await alice.directWith(bob), "hello");
}
const arrived = outcome === "accepted" ? await google.next(token) : undefined;
console.log(JSON.stringify({ outcome, detail, arrived, tokens: google.tokenRequests }));
