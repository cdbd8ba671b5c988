/** How people try what the rule table says: the fields of a call (path, query and body) or frame, by name. */
import { picture } from "./files.ts";
import { type Scene, subscription } from "./rule-scene.ts";
import { password } from "./server.ts";

type Try = (scene: Scene, who: string) => Record<string, unknown>;

const inChat: Try = ({ chat }) => ({ chat_id: chat });
const nothing: Try = () => ({});

export const tries: Record<string, Try> = {
  // In a chat
  "see the chat": inChat,
  "see who is in it": inChat,
  read: inChat,
  "see one message": ({ chat, wrote }) => ({ chat_id: chat, message_id: wrote["other"] }),
  "see the files of the chat": inChat,
  "search it": ({ chat }) => ({ chat_id: chat, q: "from" }),
  "find it when they search all": () => ({ q: "from" }),
  write: ({ chat }) => ({ chat_id: chat, content: "hi" }),
  "call everybody with @all": ({ chat }) => ({ chat_id: chat, content: "@all come" }),
  "edit what they wrote": (scene, who) => ({ message_id: wroteBy(scene, who), content: "edited" }),
  "edit what another wrote": ({ wrote }) => ({ message_id: wrote["other"], content: "edited" }),
  "edit what the chat itself said": (scene) => ({ message_id: scene.systemMessage, content: "edited" }),
  "delete what they wrote": (scene, who) => ({ message_id: wroteBy(scene, who) }),
  "delete what another wrote": ({ wrote }) => ({ message_id: wrote["other"] }),
  "delete what the chat itself said": (scene) => ({ message_id: scene.systemMessage }),
  "have a file of the chat": ({ sent }) => ({ media_id: sent["other"] }),
  "have a file that they sent": (scene, who) => ({ media_id: sentBy(scene, who) }),
  "see the thumbnail of a file": ({ sent }) => ({ media_id: sent["other"] }),
  "see what is known of a file": ({ sent }) => ({ media_id: sent["other"] }),
  "put a file into what they wrote": (scene, who) => ({ message_id: wroteBy(scene, who), files: picture() }),
  "put a file into what another wrote": ({ wrote }) => ({ message_id: wrote["other"], files: picture() }),
  "delete a file that they sent": (scene, who) => ({ media_id: sentBy(scene, who) }),
  "delete a file that another sent": ({ sent }) => ({ media_id: sent["other"] }),
  "give the chat a picture": ({ chat }) => ({ chat_id: chat, file: picture() }),
  "mark as read": ({ chat, wrote }) => ({ chat_id: chat, message_id: wrote["other"] }),
  "mark as received": ({ chat, wrote }) => ({ chat_id: chat, message_id: wrote["other"] }),
  "see who has read a message": ({ wrote }) => ({ message_id: wrote["other"] }),
  "react to what another wrote": ({ wrote }) => ({ message_id: wrote["other"], emoji: "👍" }),
  "take a reaction back": ({ wrote }) => ({ message_id: wrote["other"], emoji: "👍" }),
  "see who has reacted": ({ wrote }) => ({ message_id: wrote["other"] }),
  "look at the chat": inChat,
  "look away from the chat": inChat,
  "show that they are writing": inChat,
  "show that they no longer are": inChat,
  "see whether it is encrypted": inChat,
  "see its membership chain": inChat,
  "sign what is no step": ({ chat }) => ({ chat_id: chat, signed: "none" }),
  "see its epochs": inChat,
  "begin an epoch of a plain chat": ({ chat }) => ({ chat_id: chat, announcement: "none", envelope: "none" }),
  "see what keys they were handed": inChat,
  "hand over keys of a plain chat": ({ chat, people }, who) => ({
    chat_id: chat,
    to_user_id: people[who === "other" ? "owner" : "other"]!.id,
    jwe: grantFor("K".repeat(43)),
  }),
  "take a nickname": ({ chat }) => ({ chat_id: chat, nickname: "Sunshine" }),
  "mute the chat for themselves": ({ chat }) => ({ chat_id: chat, is_muted: true }),
  "rename the chat": ({ chat }) => ({ chat_id: chat, name: "Crew" }),
  "close the chat": inChat,
  "add a member": (scene) => member(scene, "newcomer"),
  "add an admin": (scene) => member(scene, "newcomer", "admin"),
  "add somebody who is in it": (scene) => member(scene, "other"),
  "add somebody who was disabled": (scene) => member(scene, "gone"),
  "make a member an admin": (scene) => member(scene, "other", "admin"),
  "make an admin a member": (scene) => member(scene, "otherAdmin", "member"),
  "make themselves an admin": (scene, who) => member(scene, who, "admin"),
  "hand the chat over": (scene) => member(scene, "other", "owner"),
  "hand it to somebody not in it": (scene) => member(scene, "stranger", "owner"),
  "remove a member": (scene) => member(scene, "other"),
  "remove an admin": (scene) => member(scene, "otherAdmin"),
  "remove the owner": (scene) => member(scene, "owner"),
  "remove somebody not in it": (scene) => member(scene, "stranger"),
  leave: (scene, who) => member(scene, who),

  // With an account
  "look at the server": nothing,
  "ask how the server is": nothing,
  "make an account": (_, who) => ({ username: `${who}-too`, email: `${who}-too@example.org`, password }),
  "sign in": (scene, who) => credentials(scene, who),
  "go on with a refresh token": ({ people }, who) => ({
    refresh_token: people[who]!.signedIn.refresh_token ?? "made up",
  }),
  "sign out": nothing,
  "take a ticket for a socket": nothing,
  "see their sessions": nothing,
  "end a session": (scene, who) => ({ session_id: own(scene, who).session_id }),
  "see themselves": nothing,
  "describe themselves": () => ({ bio: "Hello" }),
  "change the password": () => ({ current_password: password, new_password: "another fine one" }),
  "look for people": () => ({ q: "other" }),
  "see somebody": ({ people }) => ({ user_id: people["oneself"]!.id }),
  "see somebody who was disabled": ({ people }) => ({ user_id: people["gone"]!.id }),
  "see several people": ({ people }) => ({ ids: `${people["oneself"]!.id},${people["other"]!.id}` }),
  "see somebody disabled among them": ({ people }) => ({
    ids: `${people["other"]!.id},${people["gone"]!.id}`,
  }),
  "replace their keys by others": (scene, who) => own(scene, who).keys!.reset,
  "prove that their keys are theirs": (scene, who) => own(scene, who).keys!.confirmation,
  "have a message encrypted": ({ people }) => ({ message: "Hello", recipient_user_id: people["other"]!.id }),
  "have a message opened": () => ({ encrypted_content: "{}", passphrase: "a long enough one" }),
  "see their own keys": nothing,
  "change their keys": (scene, who) => own(scene, who).keys!.next,
  "see somebody's keys": ({ people }) => ({ user_id: people["oneself"]!.id }),
  "see keys of somebody disabled": ({ people }) => ({ user_id: people["gone"]!.id }),
  "see the keys of several people": ({ people }) => ({
    user_ids: [people["oneself"]!.id, people["other"]!.id],
  }),
  "see their keychain": nothing,
  "change their keychain": (scene, who) => own(scene, who).keys!.keychain,
  "see their chats": nothing,
  "talk to somebody": ({ people }) => ({ user_id: people["other"]!.id }),
  "talk to somebody who was disabled": ({ people }) => ({ user_id: people["gone"]!.id }),
  "make a group": ({ people }) => ({ name: "Team", member_ids: [people["other"]!.id] }),
  "make one with somebody disabled": ({ people }) => ({ name: "Team", member_ids: [people["gone"]!.id] }),
  "send a file ahead of its message": () => ({ files: picture() }),
  "have a file that waits": (scene, who) => ({ media_id: own(scene, who).media_id }),
  "give themselves a picture": () => ({ file: picture() }),
  "see a picture of somebody": (scene, who) => ({ avatar_id: own(scene, who).avatar_id }),
  "see what they were told of": nothing,
  "see where they were mentioned": nothing,
  "see how much they have not read": nothing,
  "read a notification": (scene, who) => ({ notification_id: own(scene, who).notification_id }),
  "read a mention": (scene, who) => ({ mention_id: own(scene, who).mention_id }),
  "read all of it": nothing,
  "be reached by a device": (_, who) => ({ token: `another token of ${who}` }),
  "see what they want of push": nothing,
  "want something else of push": () => ({ push_content: "sender" }),
  "forget a device": (scene, who) => ({ device_id: own(scene, who).device_id }),
  "see what to subscribe with": nothing,
  "be reached by a browser": (_, who) => ({ ...subscription, endpoint: `https://push.invalid/${who}` }),
  "forget a browser": (scene, who) => ({ subscription_id: own(scene, who).subscription_id }),
  "try their devices": nothing,
  "ask whether the server is there": nothing,
  "catch up": ({ cursor }) => ({ cursor }),
};

/** What has the form of a grant, and opens for nobody. */
function grantFor(kid: string): string {
  const header = { alg: "RSA-OAEP-256", enc: "A256GCM", typ: "chat-grant+jwe", kid };
  return `${Buffer.from(JSON.stringify(header)).toString("base64url")}.AA.AA.AA.AA`;
}

/** Whether it had its effect, where it may be done without. */
export const effects: Record<string, (result: any, scene: Scene) => boolean> = {
  "see somebody disabled among them": ({ users }, { people }) =>
    users.some((one: any) => one.id === people["gone"]!.id),
  "find it when they search all": ({ results }, { chat }) =>
    results.some((one: any) => one.message.chat_id === chat),
  "call everybody with @all": ({ mentions_all }) => mentions_all,
};

/** Those who never wrote try another's. */
function wroteBy({ wrote }: Scene, who: string): number | undefined {
  return wrote[who] ?? wrote["other"];
}

function sentBy({ sent }: Scene, who: string): number | undefined {
  return sent[who] ?? sent["other"];
}

function member({ chat, people }: Scene, name: string, role?: string): Record<string, unknown> {
  return { chat_id: chat, user_id: people[name]!.id, ...(role && { role }) };
}

/** What is their own; whoever has nothing tries what is somebody else's. */
function own(scene: Scene, who: string): Scene["own"][string] {
  return scene.own[who] ?? scene.own["oneself"]!;
}

/** Another tries one's name with a password of their own. */
function credentials({ people }: Scene, who: string): Record<string, unknown> {
  if (who === "another") return { username: people["oneself"]!.username, password: "a password of mine" };
  return { username: people[who]!.username, password };
}
