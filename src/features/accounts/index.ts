/** What other features and the server may use of accounts. */
export { accounts } from "./feature.ts";

// Who is asking
export { authenticate, authenticateFiles, authenticateTicket } from "./sessions/authenticate.ts";
export { everybodysName, isActive, isSignedIn, type Person, requireActor } from "./users/person.ts";

// Profiles: what others see of somebody
export { findByNames, presenceOf, requireProfile, toUser } from "./users/profile.ts";
export {
  activeAmong,
  idsByName,
  inactiveUserIds,
  peopleShowing,
  type Profile,
  profilesById,
  setLastSeen,
} from "./users/profiles-store.ts";
export { setPicture } from "./users/set-picture.ts";

// Accounts: what only their owner and the operator see
export { requireSelf, toMe } from "./users/account.ts";
export { changeProfile } from "./users/change-profile.ts";
export { confirmPassword } from "./passwords/confirm-password.ts";
export { hasProvedPassword } from "./passwords/has-proved-password.ts";
export { countEmailChange } from "./limits.ts";
export { countUsers } from "./users/store.ts";
export { setActive } from "./operator/set-active.ts";

// Sessions
export { type LoginPart, loginParts, type RegistrationStep, registrationSteps } from "./sessions/parts.ts";
export { endAllSessions } from "./sessions/end-sessions.ts";
export { hasSessions, livingAmong, livingSessionIds } from "./sessions/store.ts";

export { sessionsEnded, userChanged } from "./events.ts";
export { Me, UpdateMe, User, Users, usersAtOnce } from "./schema.ts";
