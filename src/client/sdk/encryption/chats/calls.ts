/** The server's calls about one encrypted chat. */
import type { Role } from "../../../../e2ee/membership.ts";
import type { Caller } from "../../calls.ts";
import type { ChatCalls } from "./ports.ts";

export function chatCalls(call: Caller["call"], chat_id: number): ChatCalls {
  const path = { chat_id };
  return {
    state: () => call("GET /api/chats/{chat_id}/encryption", { path }),
    steps: (since) => call("GET /api/chats/{chat_id}/encryption/members", { path, query: { since } }),
    epochs: (since) => call("GET /api/chats/{chat_id}/encryption/epochs", { path, query: { since } }),
    async putEpoch(body) {
      await call("POST /api/chats/{chat_id}/encryption/epochs", { path, body });
    },
    async putStep(signed) {
      await call("POST /api/chats/{chat_id}/encryption", { path, body: { signed } });
    },
    async addMember(user_id, role, signed) {
      await call("POST /api/chats/{chat_id}/members", {
        path,
        body: { user_id, ...(role && { role }), signed },
      });
    },
    async setRole(user_id: number, role: Role, signed) {
      await call("PUT /api/chats/{chat_id}/members/{user_id}", {
        path: { chat_id, user_id },
        body: { role, signed },
      });
    },
    async removeMember(user_id, signed) {
      const path = { chat_id, user_id };
      await call("DELETE /api/chats/{chat_id}/members/{user_id}", {
        path,
        ...(signed && { body: { signed } }),
      });
    },
    grants: async () => (await call("GET /api/chats/{chat_id}/encryption/grants", { path })).grants,
    async putGrant(to_user_id, jwe) {
      await call("POST /api/chats/{chat_id}/encryption/grants", { path, body: { to_user_id, jwe } });
    },
  };
}
