/** Accounts and sessions of every kind. */
import { Browser } from "../browser.ts";
import { picture } from "../files.ts";
import type { Person } from "../person.ts";
import { sendRaw } from "../raw-http.ts";
import { password } from "../server.ts";
import { done, operate } from "./asked.ts";
import type { Cast } from "./cast.ts";

/** Answers the id of Gina's device. */
export async function describePeople({ home, alice, bob, carol, gina }: Cast): Promise<number> {
  await done(alice.put("/api/auth/me", { full_name: "Alice Liddell", bio: "Likes tea.\nAnd chess." }));
  await done(alice.put("/api/auth/me", { email: "a@example.org", current_password: password }));
  await done(alice.setPicture("/api/auth/me/avatar", picture()));
  await done(bob.put("/api/auth/me", { avatar_url: "https://example.org/bob.png" }));
  await operate(home, "user", "add", "hugo", "hugo@example.org", "Hugo Hatter");
  const register = async (one: Person, platform: string | null) => {
    const token = `push token of ${one.username}`;
    return (await done(one.post("/api/auth/device-token", { token, platform }))).body.id;
  };
  await register(alice, "android");
  await register(bob, "ios");
  await register(carol, "web");
  return register(gina, null);
}

/** Alice's browser, a session of Carol's that is over, and another one of Dave's. Answers what the browser keeps. */
export async function signIn({ server, carol, dave }: Cast): Promise<{ refresh: string; files: string }> {
  const browser = new Browser(server.api);
  await done(browser.post("/api/auth/login", { username: "alice", password, cookie: true }));
  const over = await server.login(carol.username);
  await done(over.post("/api/auth/device-token", { token: "push token that is gone" }));
  await done(over.post("/api/auth/logout"));
  await signInAtHome(dave);
  return { refresh: browser.cookie("refresh").value, files: browser.cookie("files").value };
}

/** By their e-mail address, from something that does not say what it is. */
async function signInAtHome({ url, signedIn }: Person): Promise<void> {
  const body = JSON.stringify({ username: signedIn.user.email, password });
  const head = `Host: ${new URL(url).host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  const { status } = await sendRaw(url, `POST /api/auth/login HTTP/1.1\r\n${head}\r\n\r\n${body}`);
  if (status !== 200) throw new Error(`signing in was answered with ${status}`);
}

/** Erin leaves: who has groups with her has another owner, or nobody is left in them. */
export async function leaveServer({ home, erin }: Cast): Promise<void> {
  await operate(home, "user", "disable", erin.username);
}

/** Bob's phone uses its refresh token up, which it answers with, a moment before the server stops. */
export async function refresh(cast: Cast): Promise<string> {
  const { server, bob } = cast;
  const usedUp: string = bob.signedIn.refresh_token;
  cast.bob = server.as((await done(bob.post("/api/auth/refresh", { refresh_token: usedUp }))).body);
  return usedUp;
}
