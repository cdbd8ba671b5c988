import { z } from "zod";

import { ChatError } from "../../core/errors.ts";
import { pathId } from "../../core/wire.ts";
import { answer, endpoint, type Endpoint, type Page } from "../../feature.ts";
import { changePassword } from "./passwords/change-password.ts";
import * as wire from "./schema.ts";
import { createTicket } from "./sessions/create-ticket.ts";
import { endSession } from "./sessions/end-session.ts";
import { listSessions } from "./sessions/list-sessions.ts";
import { login } from "./sessions/login.ts";
import { logout } from "./sessions/logout.ts";
import { refresh } from "./sessions/refresh.ts";
import { register } from "./sessions/register.ts";
import { me } from "./users/me.ts";

export const routes: Endpoint[] = [
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
    async run(kit, { body, origin, page }) {
      if (body.cookie) requireOwn(page);
      const signedIn = await register(kit, body, origin);
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
    async run(kit, { body, origin, page }) {
      if (body.cookie) requireOwn(page);
      const signedIn = await login(kit, body, origin);
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
    async run(kit, { body, origin, page }) {
      const own = body.cookie ? requireOwn(page) : undefined;
      const signedIn = await refresh(kit, body.refresh_token ?? own?.refreshToken, origin, own);
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
    async run(kit, { actor, page }) {
      if (!actor && page.refreshToken !== undefined) requireOwn(page);
      await logout(kit, actor, page.isOwn ? page.refreshToken : undefined);
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
    run: (kit, { actor }) => answer(200, createTicket(kit, actor)),
  }),
  endpoint({
    method: "get",
    path: "/api/auth/sessions",
    name: "listSessions",
    summary: "My sessions",
    auth: "required",
    answers: { 200: wire.Sessions },
    run: async (kit, { actor }) => answer(200, await listSessions(kit, actor)),
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
    run: async (kit, { actor, params }) => answer(204, await endSession(kit, actor, params.session_id)),
  }),
  endpoint({
    method: "get",
    path: "/api/auth/me",
    name: "getMe",
    summary: "My account",
    auth: "required",
    answers: { 200: wire.Me },
    run: async (kit, { actor }) => answer(200, await me(kit, actor)),
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
    run: async (kit, { actor, body, origin }) => answer(204, await changePassword(kit, actor, body, origin)),
  }),
];

/** Cookies come along whoever asks: a page of somebody else's would use them unasked. Errors: `bad_origin`. */
function requireOwn(page: Page): Page {
  if (!page.isOwn) throw new ChatError("bad_origin", "Cookies are only for pages of this server.");
  return page;
}
