/** The server's calls about one encrypted chat. */
import type { Caller } from "../../calls.ts";
import type { ChatCalls } from "./ports.ts";

export function chatCalls(call: Caller["call"], chat_id: number): ChatCalls {
  return { ...callsAboutKeys(call, chat_id), ...callsAboutMembers(call, chat_id) };
}

type AboutMembers = "putStep" | "addMember" | "setRole" | "removeMember";

function callsAboutMembers(call: Caller["call"], chat_id: number): Pick<ChatCalls, AboutMembers> {
  const path = { chat_id };
  return {
    async putStep(signed) {
      await call("POST /api/chats/{chat_id}/encryption", { path, body: { signed } });
    },
    async addMember(user_id, role, signed) {
      const body = { user_id, ...(role && { role }), signed };
      await call("POST /api/chats/{chat_id}/members", { path, body });
    },
    async setRole(user_id, role, signed) {
      const path = { chat_id, user_id };
      await call("PUT /api/chats/{chat_id}/members/{user_id}", { path, body: { role, signed } });
    },
    async removeMember(user_id, signed) {
      const path = { chat_id, user_id };
      await call("DELETE /api/chats/{chat_id}/members/{user_id}", { path, body: { signed } });
    },
  };
}

function callsAboutKeys(call: Caller["call"], chat_id: number): Omit<ChatCalls, AboutMembers> {
  const path = { chat_id };
  return {
    state: () => call("GET /api/chats/{chat_id}/encryption", { path }),
    steps: (since) => call("GET /api/chats/{chat_id}/encryption/members", { path, query: { since } }),
    epochs: (since) => call("GET /api/chats/{chat_id}/encryption/epochs", { path, query: { since } }),
    async putEpoch(body) {
      await call("POST /api/chats/{chat_id}/encryption/epochs", { path, body });
    },
    async message(id) {
      const query = { around: id, limit: 1 };
      const { messages } = await call("GET /api/messages/{id}", { path: { id: chat_id }, query });
      return messages.find((one) => one.id === id);
    },
    grants: async () => (await call("GET /api/chats/{chat_id}/encryption/grants", { path })).grants,
    async putGrant(to_user_id, jwe) {
      await call("POST /api/chats/{chat_id}/encryption/grants", { path, body: { to_user_id, jwe } });
    },
  };
}
