import { z } from "zod";

import { ChatError } from "../../core/errors.ts";
import { answer, endpoint, type Feature, type Page } from "../../core/feature.ts";
import { idList, limitParam, pathId, searchText } from "../../core/wire.ts";
import * as wire from "./schema.ts";
import type { Accounts } from "./service.ts";

export function accountsApi(accounts: Accounts): Feature {
  return {
    endpoints: [
      endpoint({
        method: "post",
        path: "/api/auth/register",
        name: "register",
        summary: "Make an account and sign in",
        auth: "none",
        body: wire.Register,
        answers: { 201: wire.SignedIn },
        errors: [
          "bad_origin",
          "registration_closed",
          "username_taken",
          "email_taken",
          "weak_password",
          "overloaded",
        ],
        secret: true,
        async run({ body, origin, page }) {
          if (body.cookie) requireOwn(page);
          const signedIn = await accounts.register(body, origin);
          return answer(201, signedIn.body, signedIn.page);
        },
      }),
      endpoint({
        method: "post",
        path: "/api/auth/login",
        name: "login",
        summary: "Sign in",
        auth: "none",
        body: wire.Login,
        answers: { 200: wire.SignedIn },
        errors: ["bad_origin", "bad_credentials", "overloaded"],
        secret: true,
        async run({ body, origin, page }) {
          if (body.cookie) requireOwn(page);
          const signedIn = await accounts.login(body, origin);
          return answer(200, signedIn.body, signedIn.page);
        },
      }),
      endpoint({
        method: "post",
        path: "/api/auth/refresh",
        name: "refresh",
        summary: "Exchange a refresh token for its successor and a new access token",
        auth: "none",
        body: wire.Refresh,
        answers: { 200: wire.SignedIn },
        errors: ["bad_origin", "invalid_refresh_token"],
        secret: true,
        countsItself: true,
        async run({ body, origin, page }) {
          const own = body.cookie ? requireOwn(page) : undefined;
          const signedIn = await accounts.refresh(body.refresh_token ?? own?.refreshToken, origin, own);
          return answer(200, signedIn.body, signedIn.page);
        },
      }),
      endpoint({
        method: "post",
        path: "/api/auth/logout",
        name: "logout",
        summary: "End this session: that of the access token, of the cookie, or both",
        auth: "optional",
        answers: { 204: null },
        errors: ["bad_origin"],
        async run({ actor, page }) {
          if (!actor && page.refreshToken !== undefined) requireOwn(page);
          await accounts.logout(actor, page.isOwn ? page.refreshToken : undefined);
          return answer(204, null, null);
        },
      }),
      endpoint({
        method: "post",
        path: "/api/auth/ws-ticket",
        name: "createTicket",
        summary: "A ticket that opens one WebSocket within 30 seconds",
        auth: "required",
        answers: { 200: wire.Ticket },
        secret: true,
        run: ({ actor }) => answer(200, accounts.ticket(actor)),
      }),
      endpoint({
        method: "get",
        path: "/api/auth/sessions",
        name: "listSessions",
        summary: "My sessions",
        auth: "required",
        answers: { 200: wire.Sessions },
        run: async ({ actor }) => answer(200, await accounts.sessions(actor)),
      }),
      endpoint({
        method: "delete",
        path: "/api/auth/sessions/{session_id}",
        name: "endSession",
        summary: "End one of my sessions",
        auth: "required",
        params: z.object({ session_id: pathId("One of my sessions.") }),
        answers: { 204: null },
        errors: ["not_found"],
        run: async ({ actor, params }) => answer(204, await accounts.endSession(actor, params.session_id)),
      }),
      endpoint({
        method: "get",
        path: "/api/auth/me",
        name: "getMe",
        summary: "My account",
        auth: "required",
        answers: { 200: wire.Me },
        run: async ({ actor }) => answer(200, await accounts.me(actor)),
      }),
      endpoint({
        method: "put",
        path: "/api/auth/me",
        name: "updateMe",
        summary: "Change my account",
        auth: "required",
        body: wire.UpdateMe,
        answers: { 200: wire.Me },
        errors: ["email_taken", "wrong_password", "overloaded"],
        run: async ({ actor, body, origin }) => answer(200, await accounts.updateMe(actor, body, origin)),
      }),
      endpoint({
        method: "post",
        path: "/api/auth/password",
        name: "changePassword",
        summary: "Change my password; my other sessions end",
        auth: "required",
        body: wire.ChangePassword,
        answers: { 204: null },
        errors: ["wrong_password", "weak_password", "overloaded"],
        run: async ({ actor, body, origin }) =>
          answer(204, await accounts.changePassword(actor, body, origin)),
      }),
      endpoint({
        method: "get",
        path: "/api/users/search",
        name: "searchUsers",
        summary: "People by words of their user name and full name",
        auth: "required",
        query: z.object({
          q: searchText(100).meta({
            description: "Parts of a name.",
            param: { example: "alice" },
          }),
          limit: limitParam,
        }),
        answers: { 200: wire.Users },
        run: async ({ actor, query, gone }) =>
          answer(200, await accounts.search(actor, query.q, query.limit, gone)),
      }),
      endpoint({
        method: "get",
        path: "/api/users",
        name: "getUsers",
        summary: "Several people by their ids, in that order; those whom I may not see are left out",
        auth: "required",
        query: z.object({ ids: idList(wire.usersAtOnce) }),
        answers: { 200: wire.Users },
        run: async ({ actor, query }) => answer(200, await accounts.users(actor, query.ids)),
      }),
      endpoint({
        method: "get",
        path: "/api/users/{user_id}",
        name: "getUser",
        summary: "One person",
        auth: "required",
        params: z.object({ user_id: pathId("A person.") }),
        answers: { 200: wire.User },
        errors: ["not_found"],
        run: async ({ actor, params }) => answer(200, await accounts.user(actor, params.user_id)),
      }),
    ],
  };
}

/** Cookies come along whoever asks: a page of somebody else's would use them unasked. Errors: `bad_origin`. */
function requireOwn(page: Page): Page {
  if (!page.isOwn) throw new ChatError("bad_origin", "Cookies are for pages of this server alone.");
  return page;
}
