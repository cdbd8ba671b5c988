/** Who is in the data, and how they come back after the server has been started anew. */
import type { Home, Running } from "../executable.ts";
import type { Person } from "../person.ts";

/** `hugo` was made by the operator, and has never signed in. */
export const names = ["alice", "bob", "carol", "dave", "erin", "frank", "gina"] as const;
export type Name = (typeof names)[number];

export interface Cast extends Record<Name, Person> {
  home: Home;
  server: Running;
}

export async function registerAll(home: Home, server: Running): Promise<Cast> {
  const people: Partial<Record<Name, Person>> = {};
  for (const name of names) people[name] = await server.register(name);
  return { ...(people as Record<Name, Person>), home, server };
}

/** The same people and their tokens at another address. */
export async function moveTo(server: Running, cast: Cast): Promise<Cast> {
  await server.caller();
  const moved = names.map((name) => [name, server.as(cast[name].signedIn)]);
  return { ...(Object.fromEntries(moved) as Record<Name, Person>), home: cast.home, server };
}
