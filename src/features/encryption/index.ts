/** The public face of encryption: what other features and the server may use. */
export { encryption } from "./feature.ts";

export { mostMembers as encryptedChatMembers } from "../../e2ee/membership.ts";
export { keysAtOnce } from "./directory/schema.ts";
export { serverId } from "./server-id/server-id.ts";
