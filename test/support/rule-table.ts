/**
 * Who may do what. A block names the calls of the OpenAPI document and the frames of the AsyncAPI document that it
 * is about, and a line below it is one thing that people try: `yes` is done, anything else is the refusal.
 *
 * `401` over REST is a socket that closes with 4001 (nobody) or 4003 (disabled); `403` is `forbidden`, `404` is
 * `not_found`, `409` what its table says; other refusals stand there by their code. `vain` is done, but without
 * its effect; `-` is a person who cannot be there.
 */

/** Somebody who left, and a member whose account was disabled, are no strangers: they know the ids. */
const group = {
  409: "owner_must_hand_over",
  rows: `
                                      nobody  stranger  former  member   admin           owner           disabled
getChat
  see the chat                        401     404       404     yes      yes             yes             401
listMembers
  see who is in it                    401     404       404     yes      yes             yes             401
listMessages
  read                                401     404       404     yes      yes             yes             401
getMessage
  see one message                     401     404       404     yes      yes             yes             401
listChatMedia
  see the files of the chat           401     404       404     yes      yes             yes             401
searchMessages
  search it                           401     404       404     yes      yes             yes             401
  find it when they search all        401     vain      vain    yes      yes             yes             401

sendMessage send_message
  write                               401     404       404     yes      yes             yes             401
  call everybody with @all            401     404       404     vain     yes             yes             401
editMessage edit_message
  edit what they wrote                401     404       404     yes      yes             yes             401
  edit what another wrote             401     404       404     403      403             403             401
  edit what the chat itself said      401     404       404     403      403             403             401
deleteMessage delete_message
  delete what they wrote              401     404       404     yes      yes             yes             401
  delete what another wrote           401     404       404     403      yes             yes             401
  delete what the chat itself said    401     404       404     403      403             403             401

getMedia
  have a file of the chat             401     404       404     yes      yes             yes             401
  have a file that they sent          401     404       yes     yes      yes             yes             401
getThumbnail
  see the thumbnail of a file         401     404       404     yes      yes             yes             401
getMediaInfo
  see what is known of a file         401     404       404     yes      yes             yes             401
uploadToMessage
  put a file into what they wrote     401     404       404     yes      yes             yes             401
  put a file into what another wrote  401     404       404     403      403             403             401
deleteMedia
  delete a file that they sent        401     404       403     yes      yes             yes             401
  delete a file that another sent     401     404       404     403      yes             yes             401
setChatAvatar
  give the chat a picture             401     404       404     403      yes             yes             401

markRead message_read
  mark as read                        401     404       404     yes      yes             yes             401
markDelivered message_delivered
  mark as received                    401     404       404     yes      yes             yes             401
getReceipts
  see who has read a message          401     404       404     yes      yes             yes             401
addReaction
  react to what another wrote         401     404       404     yes      yes             yes             401
removeReaction
  take a reaction back                401     404       404     yes      yes             yes             401
listReactions
  see who has reacted                 401     404       404     yes      yes             yes             401

join_chat
  look at the chat                    401     404       404     yes      yes             yes             401
leave_chat
  look away from the chat             401     404       404     yes      yes             yes             401
typing_start
  show that they are writing          401     404       404     yes      yes             yes             401
typing_stop
  show that they no longer are        401     404       404     yes      yes             yes             401
getEncryption
  see whether it is encrypted         401     404       404     yes            yes             yes             401
getMembershipSteps
  see its membership chain            401     404       404     yes            yes             yes             401
signChat
  sign what is no step                401     404       404     bad_object     bad_object      bad_object      401
listEpochs
  see its epochs                      401     404       404     yes            yes             yes             401
beginEpoch
  begin an epoch of a plain chat      401     404       404     not_encrypted  not_encrypted   not_encrypted   401
listGrants
  see what keys they were handed      401     404       404     yes            yes             yes             401
giveGrant
  hand over keys of a plain chat      401     404       404     not_encrypted  not_encrypted   not_encrypted   401
updateOwnMembership
  take a nickname                     401     404       404     yes      yes             yes             401
  mute the chat for themselves        401     404       404     yes      yes             yes             401

updateChat
  rename the chat                     401     404       404     403      yes             yes             401
closeChat
  close the chat                      401     404       404     403      403             yes             401
addMember
  add a member                        401     404       404     403      yes             yes             401
  add an admin                        401     404       404     403      403             yes             401
  add somebody who is in it           401     404       404     403      already_member  already_member  401
  add somebody who was disabled       401     404       404     403      404             404             401
setRole
  make a member an admin              401     404       404     403      403             yes             401
  make an admin a member              401     404       404     403      403             yes             401
  make themselves an admin            401     404       404     403      403             409             401
  hand the chat over                  401     404       404     403      403             yes             401
  hand it to somebody not in it       401     404       404     403      403             404             401
removeMember
  remove a member                     401     404       404     403      yes             yes             401
  remove an admin                     401     404       404     403      403             yes             401
  remove the owner                    401     404       404     403      403             409             401
  remove somebody not in it           401     404       404     403      404             404             401
  leave                               401     404       404     yes      yes             409             401`,
};

/** After its owner has closed it: who was in it may read, and no more than that. */
const closedGroup = {
  409: "chat_inactive",
  rows: `
                                      nobody  stranger  former  member   admin           owner           disabled
getChat
  see the chat                        401     404       404     yes      yes             yes             401
listMembers
  see who is in it                    401     404       404     yes      yes             yes             401
listMessages
  read                                401     404       404     yes      yes             yes             401
getMessage
  see one message                     401     404       404     yes      yes             yes             401
listChatMedia
  see the files of the chat           401     404       404     yes      yes             yes             401
searchMessages
  search it                           401     404       404     yes      yes             yes             401
  find it when they search all        401     vain      vain    yes      yes             yes             401

sendMessage send_message
  write                               401     404       404     409      409             409             401
editMessage edit_message
  edit what they wrote                401     404       404     409      409             409             401
  edit what another wrote             401     404       404     403      403             403             401
deleteMessage delete_message
  delete what they wrote              401     404       404     409      409             409             401
  delete what another wrote           401     404       404     403      409             409             401

getMedia
  have a file of the chat             401     404       404     yes      yes             yes             401
  have a file that they sent          401     404       yes     yes      yes             yes             401
getThumbnail
  see the thumbnail of a file         401     404       404     yes      yes             yes             401
getMediaInfo
  see what is known of a file         401     404       404     yes      yes             yes             401
uploadToMessage
  put a file into what they wrote     401     404       404     409      409             409             401
  put a file into what another wrote  401     404       404     403      403             403             401
deleteMedia
  delete a file that they sent        401     404       403     409      409             409             401
  delete a file that another sent     401     404       404     403      409             409             401
setChatAvatar
  give the chat a picture             401     404       404     409      409             409             401

markRead message_read
  mark as read                        401     404       404     yes      yes             yes             401
markDelivered message_delivered
  mark as received                    401     404       404     yes      yes             yes             401
getReceipts
  see who has read a message          401     404       404     yes      yes             yes             401
addReaction
  react to what another wrote         401     404       404     409      409             409             401
removeReaction
  take a reaction back                401     404       404     409      409             409             401
listReactions
  see who has reacted                 401     404       404     yes      yes             yes             401

join_chat
  look at the chat                    401     404       404     yes      yes             yes             401
leave_chat
  look away from the chat             401     404       404     yes      yes             yes             401
typing_start
  show that they are writing          401     404       404     409      409             409             401
typing_stop
  show that they no longer are        401     404       404     409      409             409             401
getEncryption
  see whether it is encrypted         401     404       404     yes            yes             yes             401
getMembershipSteps
  see its membership chain            401     404       404     yes            yes             yes             401
signChat
  sign what is no step                401     404       404     bad_object     bad_object      bad_object      401
listEpochs
  see its epochs                      401     404       404     yes            yes             yes             401
beginEpoch
  begin an epoch of a plain chat      401     404       404     409            409             409             401
listGrants
  see what keys they were handed      401     404       404     yes            yes             yes             401
giveGrant
  hand over keys of a plain chat      401     404       404     not_encrypted  not_encrypted   not_encrypted   401
updateOwnMembership
  take a nickname                     401     404       404     409      409             409             401
  mute the chat for themselves        401     404       404     yes      yes             yes             401

updateChat
  rename the chat                     401     404       404     409      409             409             401
closeChat
  close the chat                      401     404       404     409      409             409             401
addMember
  add a member                        401     404       404     409      409             409             401
setRole
  make a member an admin              401     404       404     409      409             409             401
  hand the chat over                  401     404       404     409      409             409             401
removeMember
  remove a member                     401     404       404     409      409             409             401
  leave                               401     404       404     409      409             409             401`,
};

/** Of two people, who are both members; nobody leaves it, and nobody is added. */
const directChat = {
  409: "direct_chat_fixed",
  rows: `
                                      nobody  stranger  member   disabled
getChat
  see the chat                        401     404       yes      401
listMembers
  see who is in it                    401     404       yes      401
listMessages
  read                                401     404       yes      401
getMessage
  see one message                     401     404       yes      401
listChatMedia
  see the files of the chat           401     404       yes      401
searchMessages
  search it                           401     404       yes      401
  find it when they search all        401     vain      yes      401

sendMessage send_message
  write                               401     404       yes      401
  call everybody with @all            401     404       vain     401
editMessage edit_message
  edit what they wrote                401     404       yes      401
  edit what another wrote             401     404       403      401
deleteMessage delete_message
  delete what they wrote              401     404       yes      401
  delete what another wrote           401     404       403      401

getMedia
  have a file of the chat             401     404       yes      401
  have a file that they sent          401     404       yes      401
getThumbnail
  see the thumbnail of a file         401     404       yes      401
getMediaInfo
  see what is known of a file         401     404       yes      401
uploadToMessage
  put a file into what they wrote     401     404       yes      401
  put a file into what another wrote  401     404       403      401
deleteMedia
  delete a file that they sent        401     404       yes      401
  delete a file that another sent     401     404       403      401
setChatAvatar
  give the chat a picture             401     404       409      401

markRead message_read
  mark as read                        401     404       yes      401
markDelivered message_delivered
  mark as received                    401     404       yes      401
getReceipts
  see who has read a message          401     404       yes      401
addReaction
  react to what another wrote         401     404       yes      401
removeReaction
  take a reaction back                401     404       yes      401
listReactions
  see who has reacted                 401     404       yes      401

join_chat
  look at the chat                    401     404       yes      401
leave_chat
  look away from the chat             401     404       yes      401
typing_start
  show that they are writing          401     404       yes      401
typing_stop
  show that they no longer are        401     404       yes      401
getEncryption
  see whether it is encrypted         401     404       yes            401
getMembershipSteps
  see its membership chain            401     404       yes            401
signChat
  sign what is no step                401     404       bad_object     401
listEpochs
  see its epochs                      401     404       yes            401
beginEpoch
  begin an epoch of a plain chat      401     404       not_encrypted  401
listGrants
  see what keys they were handed      401     404       yes            401
giveGrant
  hand over keys of a plain chat      401     404       not_encrypted  401
updateOwnMembership
  take a nickname                     401     404       yes      401
  mute the chat for themselves        401     404       yes      401

updateChat
  rename the chat                     401     404       409      401
closeChat
  close the chat                      401     404       409      401
addMember
  add a member                        401     404       409      401
setRole
  make a member an admin              401     404       409      401
  hand the chat over                  401     404       409      401
removeMember
  remove a member                     401     404       409      401
  leave                               401     404       409      401`,
};

/** What is one's own: nobody else's ids lead there. */
const account = {
  409: "",
  rows: `
                                      nobody                 oneself     another          disabled
getInfo getHealth getOpenApi getAsyncApi
  look at the server                  yes                    yes         -                yes
getStatus
  ask how the server is               yes                    yes         -                401

register
  make an account                     yes                    yes         -                yes
login
  sign in                             bad_credentials        yes         bad_credentials  bad_credentials
refresh
  go on with a refresh token          invalid_refresh_token  yes         -                invalid_refresh_token
logout
  sign out                            401                    yes         -                401
createTicket
  take a ticket for a socket          401                    yes         -                401
listSessions
  see their sessions                  401                    yes         -                401
endSession
  end a session                       401                    yes         404              401

getMe
  see themselves                      401                    yes         -                401
updateMe
  describe themselves                 401                    yes         -                401
changePassword
  change the password                 401                    yes         -                401
searchUsers
  look for people                     401                    yes         -                401
getUser
  see somebody                        401                    yes         yes              401
  see somebody who was disabled       401                    404         -                401
getUsers
  see several people                  401                    yes         yes              401
  see somebody disabled among them    401                    vain        -                401

generateKeys
  replace their keys by others        401                    yes         -                401
confirmKeys
  prove that their keys are theirs    401                    yes         -                401
encryptMessage
  have a message encrypted            401                    e2ee_client_only  -                401
decryptMessage
  have a message opened               401                    e2ee_client_only  -                401
getOwnPublicKey
  see their own keys                  401                    yes         -                401
publishKey
  change their keys                   401                    yes         -                401
getPublicKey
  see somebody's keys                 401                    yes         yes              401
  see keys of somebody disabled       401                    404         -                401
getPublicKeys
  see the keys of several people      401                    yes         yes              401
getKeychain
  see their keychain                  401                    yes         no_keys          401
putKeychain
  change their keychain               401                    yes         no_keys          401

listChats
  see their chats                     401                    yes         -                401
openDirectChat
  talk to somebody                    401                    yes         -                401
  talk to somebody who was disabled   401                    404         -                401
createGroup
  make a group                        401                    yes         -                401
  make one with somebody disabled     401                    validation  -                401

uploadMedia
  send a file ahead of its message    401                    yes         -                401
getMedia getMediaInfo deleteMedia
  have a file that waits              401                    yes         404              401
setOwnAvatar
  give themselves a picture           401                    yes         -                401
getAvatar
  see a picture of somebody           401                    yes         yes              401

listNotifications
  see what they were told of          401                    yes         -                401
listMentions
  see where they were mentioned       401                    yes         -                401
countUnread
  see how much they have not read     401                    yes         -                401
markNotificationRead
  read a notification                 401                    yes         404              401
markMentionRead
  read a mention                      401                    yes         404              401
markAllRead
  read all of it                      401                    yes         -                401
registerDevice
  be reached by a device              401                    yes         -                401
removeDevice
  forget a device                     401                    yes         404              401
getWebPushKey
  see what to subscribe with          401                    yes         -                401
subscribeToPush
  be reached by a browser             401                    yes         -                401
unsubscribeFromPush
  forget a browser                    401                    yes         404              401
testPush
  try their devices                   401                    yes         -                401
getPushSettings
  see what they want of push          401                    yes         -                401
updatePushSettings
  want something else of push         401                    yes         -                401

ping
  ask whether the server is there     401                    yes         -                401
resume
  catch up                            401                    yes         -                401`,
};

export type Place = "group" | "closed group" | "direct chat" | "account";

/** One thing that people try in a place. */
export interface Row {
  place: Place;
  /** Names of calls and frames. */
  operations: string[];
  what: string;
  /** By standing: `yes`, `vain` or the code of the refusal. */
  outcomes: Record<string, string>;
}

export const rows: Row[] = Object.entries({
  group,
  "closed group": closedGroup,
  "direct chat": directChat,
  account,
}).flatMap(([place, table]) => rowsOf(place as Place, table));

function rowsOf(place: Place, table: { 409: string; rows: string }): Row[] {
  const codes: Record<string, string> = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    409: table[409],
  };
  const [head, ...lines] = table.rows.split("\n").filter((line) => line.trim() !== "");
  const standings = head!.trim().split(/ +/);
  let operations: string[] = [];
  return lines.flatMap((line) => {
    if (!line.startsWith(" ")) {
      operations = line.split(" ");
      return [];
    }
    const [what, ...cells] = line.trim().split(/ {2,}/);
    if (cells.length !== standings.length) throw new Error(`not a cell for each standing: ${line}`);
    const outcomes = standings.map((standing, i) => [standing, codes[cells[i]!] ?? cells[i]!] as const);
    return {
      place,
      operations,
      what: what!,
      outcomes: Object.fromEntries(outcomes.filter(([, outcome]) => outcome !== "-")),
    };
  });
}
