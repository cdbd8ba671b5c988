/** What people say to each other, and how far they have come with it. */
import type { Socket } from "../socket.ts";
import { acknowledged, done } from "./asked.ts";
import type { Cast } from "./cast.ts";

/** Two who know each other, one who was answered, one who was not, one who has said nothing, and one who has left. */
export async function talkInPairs(cast: Cast, sockets: { alice: Socket; bob: Socket }): Promise<void> {
  const { alice, bob, carol, dave, erin, frank, gina } = cast;
  const pair = await alice.directWith(bob);
  const first = await alice.say(pair, "Are you there?", { client_id: "first" });
  const frame = { type: "send_message", chat_id: pair, reply_to_id: first.id, client_id: "second" };
  const second = (await acknowledged(sockets.bob.ask({ ...frame, content: "Yes." })))["message"];
  await acknowledged(sockets.alice.ask({ type: "message_read", chat_id: pair, message_id: second.id }));
  await change(cast, pair);
  await frank.say(await frank.directWith(alice), "We have never met.");
  await frank.say(await frank.directWith(dave), "Do I know you?");
  await dave.say(await dave.directWith(frank), "Now you do.");
  await frank.directWith(gina);
  await erin.say(await erin.directWith(carol), "I am about to leave.");
}

/** Edits with and without a name of their own, and a reply to what is deleted. */
async function change({ alice, bob }: Cast, pair: number): Promise<void> {
  const typo = await bob.say(pair, "Where is the taepot?");
  await done(bob.put(`/api/messages/${typo.id}`, { content: "Where is the teapot?", client_id: "edit" }));
  const regretted = await alice.say(pair, "In the pond.");
  await alice.say(pair, "Forget that.", { reply_to_id: regretted.id });
  await done(alice.delete(`/api/messages/${regretted.id}`));
  const vague = await alice.say(pair, "There.");
  await done(alice.put(`/api/messages/${vague.id}`, { content: "On the table." }));
  const [last] = (await bob.history(pair)).slice(-1);
  await done(bob.post(`/api/messages/${last.id}/read`));
}

export interface Called {
  /** The message that called everybody. */
  all: number;
}

/** By name and all of them; read, unread, called later, called no more, and deleted. */
export async function callPeople({ alice, bob, carol }: Cast, team: number): Promise<Called> {
  const read = await alice.say(team, "@bob is the kettle on?");
  await done(bob.post(`/api/messages/${read.id}/read`));
  await alice.say(team, "@carol wake up");
  const later = await alice.say(team, "Who has the sugar?");
  await done(alice.put(`/api/messages/${later.id}`, { content: "@carol @dave who has the sugar?" }));
  const nobody = await bob.say(team, "@carol never mind");
  await done(bob.put(`/api/messages/${nobody.id}`, { content: "Never mind." }));
  const wrong = await carol.say(team, "@bob no");
  await done(alice.delete(`/api/messages/${wrong.id}`));
  const { id } = await alice.say(team, "@all tea is ready 🫖");
  await carol.say(team, "Is there a cup of tea left?");
  return { all: id };
}

/** Notifications are read one by one, by their mention, and all at once. */
export async function readNotifications({ bob, carol, dave }: Cast): Promise<void> {
  const { notifications } = (await done(carol.get("/api/notifications?unread=true"))).body;
  await done(carol.post(`/api/notifications/${notifications.at(-1).id}/read`));
  const { mentions } = (await done(carol.get("/api/notifications/mentions"))).body;
  await done(carol.post(`/api/notifications/mentions/${mentions.at(-1).id}/read`));
  await done(dave.post("/api/notifications/read-all"));
  await done(bob.post("/api/notifications/read-all"));
}
