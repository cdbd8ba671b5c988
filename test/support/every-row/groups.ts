/** Groups of every kind, and everything that they say of themselves. */
import { picture } from "../files.ts";
import { done } from "./asked.ts";
import type { Cast } from "./cast.ts";

/** Answers the id of the group that the talk is in. */
export async function makeGroups(cast: Cast): Promise<number> {
  const { alice, bob, carol, dave, gina } = cast;
  const team = await alice.group("Tee party", bob, carol, dave, gina);
  const at = `/api/chats/${team}`;
  await done(alice.put(at, { name: "Tea party", description: "Every day at six." }));
  await done(alice.setPicture(`${at}/avatar`, picture()));
  await done(alice.put(`${at}/members/${bob.id}`, { role: "admin" }));
  await done(carol.put(`${at}/me`, { nickname: "Dormouse" }));
  await done(dave.put(`${at}/me`, { nickname: "Hare" }));
  await done(dave.put(`${at}/me`, { nickname: null }));
  await comeAndGo(cast, at);
  await makeOthers(cast);
  return team;
}

/** Frank is added and leaves, Dave is removed and comes back as somebody who was added. */
async function comeAndGo({ alice, bob, dave, frank }: Cast, at: string): Promise<void> {
  await done(bob.post(`${at}/members`, { user_id: frank.id }));
  await done(frank.delete(`${at}/members/${frank.id}`));
  await done(bob.delete(`${at}/members/${dave.id}`));
  await done(alice.post(`${at}/members`, { user_id: dave.id, role: "admin" }));
  await done(alice.put(`${at}/members/${dave.id}`, { role: "member" }));
  await done(dave.put(`${at}/me`, { is_muted: true }));
}

/** One that is closed, one that was handed over, and two whose owner, Erin, leaves. */
async function makeOthers({ alice, bob, carol, erin }: Cast): Promise<void> {
  const closed = await alice.group("Old plans", bob);
  await alice.say(closed, "That was that.");
  await done(alice.delete(`/api/chats/${closed}`));
  const garden = await alice.group("Garden", erin, carol);
  await done(alice.put(`/api/chats/${garden}/members/${erin.id}`, { role: "owner" }));
  const vacant = await erin.group("Nobody is here");
  await erin.say(vacant, "Hello?");
}
