import { z } from "zod";

import { idList, limitParam, pathId, searchText } from "../../../core/wire.ts";
import { answer, endpoint, type Endpoint } from "../../../feature.ts";
import { Me, UpdateMe, User, Users, usersAtOnce } from "../../accounts/index.ts";
import { getUser, getUsers } from "./get.ts";
import { searchUsers } from "./search.ts";
import { updateMe } from "./update-me.ts";

export const userRoutes: Endpoint[] = [
  endpoint({
    method: "put",
    path: "/api/auth/me",
    name: "updateMe",
    summary: "Change my account",
    auth: "required",
    body: UpdateMe,
    answers: { 200: Me },
    errors: ["email_taken", "wrong_password", "overloaded"],
    run: async (kit, { actor, body, origin }) => answer(200, await updateMe(kit, actor, body, origin)),
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
    answers: { 200: Users },
    run: async (kit, { actor, query, gone }) =>
      answer(200, { users: await searchUsers(kit, actor, query, gone) }),
  }),
  endpoint({
    method: "get",
    path: "/api/users",
    name: "getUsers",
    summary: "Several people by their ids, in that order; those whom I may not see are left out",
    auth: "required",
    query: z.object({ ids: idList(usersAtOnce) }),
    answers: { 200: Users },
    run: async (kit, { actor, query }) => answer(200, { users: await getUsers(kit, actor, query.ids) }),
  }),
  endpoint({
    method: "get",
    path: "/api/users/{user_id}",
    name: "getUser",
    summary: "One person",
    auth: "required",
    params: z.object({ user_id: pathId("A person.") }),
    answers: { 200: User },
    errors: ["not_found"],
    run: async (kit, { actor, params }) => answer(200, await getUser(kit, actor, params.user_id)),
  }),
];
