/** What a server or a member could try, and what the client library says then: the table of docs/encryption.md, and what the tests try. */
import { ChatProblem, type ChatTrouble } from "../../../src/client/sdk/encryption/chats/problem.ts";
import type { EncryptionTrouble } from "../../../src/client/sdk/encryption/types.ts";
import { problemOf } from "../../../src/client/sdk/encryption/words.ts";

export interface Act {
  act: string;
  /** What the person is shown, word for word. */
  says: string;
}

/** In place of a person's name. */
export const somebody = "NAME";

const their = (kind: EncryptionTrouble): string => problemOf(kind, 1, somebody).text;
const own = (kind: EncryptionTrouble): string => problemOf(kind, 1, undefined).text;
const chat = (kind: ChatTrouble, detail: string): string => new ChatProblem(kind, detail).message;

const notEncrypted = "It is not encrypted: the server may have read it, changed it, or written it.";
const notMine = "it was written when you could not read this chat";

function acts<const Name extends string>(all: Record<Name, [act: string, says: string]>): Record<Name, Act> {
  const entries = Object.entries(all as Record<string, [string, string]>);
  return Object.fromEntries(entries.map(([name, [act, says]]) => [name, { act, says }])) as Record<Name, Act>;
}

export const keyActs = acts({
  swapsEncryptionKey: ["The server shows another encryption key of somebody", their("forged")],
  swapsIdentity: ["The server shows another identity of somebody", their("swapped")],
  swapsOwn: ["The server shows others another entry of yours", own("swapped")],
  resetsForOne: ["The server shows one member of a group a reset that another never made", their("reset")],
  publishesAnothers: [
    "A member publishes another's encryption key as theirs",
    "This key has been published here before; each is accepted once.",
  ],
  keepsServerKey: [
    "The server has kept an identity that it made, and hands it over to another one",
    their("forged"),
  ],
  lowersKdf: [
    "The server gives a passphrase parameters with which it is guessed in no time",
    "What the server gives out for passphrases is too weak or too slow. It is not tried.",
  ],
  raisesKdf: [
    "The server gives a passphrase parameters that take an hour",
    "What the server gives out for passphrases is too weak or too slow. It is not tried.",
  ],
  swapsKeychains: ["The server gives out another's keychain", own("keychain_damaged")],
  rollsBack: ["The server gives out a keychain from before a rotation", own("keychain_rolled_back")],
  rollsBackForNew: ["The server gives out such a keychain to a new device", own("own_keys_changed")],
  opensForThief: [
    "A server is given the recovery key of keys that a device made, to decrypt (`/decrypt` refuses)",
    "Encryption is done on devices: the server has no part in it.",
  ],
});

export const memberActs = acts({
  addsGhost: [
    "The server adds somebody, in an admin's name",
    chat("forged_membership", "its signature is wrong"),
  ],
  ghostAdds: [
    "The server makes somebody an admin, who adds others",
    chat("forged_membership", "who signed it is not in the chat by this key"),
  ],
  replaysAdd: [
    "The server repeats an old step that added somebody, after they were removed",
    chat("forged_membership", "it does not follow the step before it"),
  ],
  forksSteps: [
    "An admin signs two steps after one, and the server shows one of them to some",
    chat("forged_epoch", "it is for another state of the membership chain"),
  ],
  falseSuccessor: [
    "The server says that the owner is away, and a member who is not next in line takes over",
    chat("forged_membership", "who signed it may not do this"),
  ],
  disablesAdmins: [
    "The server disables owner and admins one by one, until its own member is next",
    chat("forged_membership", "who signed it may not do this"),
  ],
  rejoinsByServer: [
    "The server says that a member has lost their keys and has others, and lets them in by these",
    chat("forged_membership", "who signed it is not in the chat by this key"),
  ],
  saysPlain: [
    "The server tells a new device that the chat is not encrypted",
    chat("rolled_back", "it says that the chat is not encrypted"),
  ],
  beginsAnew: [
    "The server shows another beginning of the chat",
    chat("rolled_back", "it shows another beginning"),
  ],
  rollsBackChat: [
    "The server shows the chat as it was before somebody was removed",
    chat("rolled_back", "it shows less than it did"),
  ],
});

export const epochActs = acts({
  ghostInRoster: [
    "A maker of an epoch encrypts it for somebody who is not in the chat",
    chat("forged_epoch", "somebody can read it who is not in the chat"),
  ],
  ghostInPlace: [
    "A maker encrypts it for a key of the server's in place of a member's",
    chat("forged_epoch", "somebody can read it by a key that is not theirs"),
  ],
  twiceInRoster: [
    "A maker encrypts it for a member and, in their name, once more",
    chat("forged_epoch", "somebody is in it twice, or two people by one key"),
  ],
  withholdsRemoval: [
    "The server withholds from some that somebody was removed",
    chat("forged_epoch", "it is made for a step that is not here"),
  ],
  withholdsEpoch: [
    "The server withholds an epoch from some",
    "it is of an epoch that the server does not show",
  ],
  twoAnnouncements: [
    "A maker signs two announcements of one number, for different people",
    "it has another key than its epoch",
  ],
  foreignKey: [
    "A maker gives one member another key than the others",
    "it is another key than was announced",
  ],
  garbage: ["A maker gives one member garbage", "it does not open"],
  racesRemoval: [
    "Somebody who was removed makes an epoch for who was there before, and the server keeps to it",
    chat("outdated_epoch", "step 2, epoch of step 1"),
  ],
  grantByOther: ["Somebody else than who invited you hands you keys of before", notMine],
  grantOfOther: ["Who invited you hands you another key than was announced", notMine],
  grantWithoutPolicy: ["Who invited you hands you keys that the chat does not let them share", notMine],
});

export const messageActs = acts({
  late: [
    "A message of before appears after keys have changed",
    "It was written with keys that were over by then.",
  ],
  replays: ["The server repeats a message", "It stands here once more than it was sent."],
  reorders: ["The server swaps two messages of one device", "It does not stand where it was sent."],
  reordersTwo: [
    "The server swaps two messages of different people",
    "Its sender has been shown other messages than you.",
  ],
  drops: ["The server leaves out a message", "Something that its sender wrote before it is missing."],
  movesChat: ["The server moves a message to another chat", "the server says another chat"],
  changesSender: ["The server names another sender", "the server says another from"],
  forges: ["A member writes in another's name", "its signature is wrong"],
  stripsSignature: ["A member sends what nobody has signed", "it is not signed"],
  plaintext: ["The server puts a message into the chat", notEncrypted],
  plainFile: ["The server puts a file into the chat", notEncrypted],
  hangsFileOn: [
    "The server hangs a file on a message",
    "The server shows a file with it that it does not name: that is left out.",
  ],
  falseSystem: [
    "The server says in a message of its own that somebody was added",
    "The server says this: nobody has signed it.",
  ],
  forgesDelete: ["The server deletes a message", "The server has removed it: nobody has signed that."],
  deletesOthers: [
    "A member deletes another's message with the server's help",
    "who deleted it may not do this",
  ],
  showsOlderEdit: [
    "The server shows an older edit of a message",
    "Something that its sender wrote before it is missing.",
  ],
  saysUnedited: ["The server shows an edit as a message of its own", "it is an edit of a message"],
  forksEdits: [
    "A device signs two edits of one number, and the server shows each to some",
    "Its device has sent another message in its place.",
  ],
  clonesDevice: [
    "Somebody copies a device, and both write",
    "Its device has sent another message in its place.",
  ],
  deliversRefused: [
    "The server says that it refuses a message, and delivers it later",
    "Its device has sent another message in its place.",
  ],
  offersBox: ["The server offers a box of /encrypt as a message", "it is no compact JWE"],
  alters: ["The server changes a bit of a message", "this key does not open it"],
});

/** All, in the order of the document. */
export const allActs: Act[] = [keyActs, memberActs, epochActs, messageActs].flatMap((some) =>
  Object.values<Act>(some),
);
