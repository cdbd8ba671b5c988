import { connect, type Session } from "../../../src/client/sdk/index.ts";
import { crowdInto } from "../crowd.ts";
import type { Home, Running } from "../executable.ts";
import type { Person } from "../person.ts";
import { password } from "../server.ts";

/** Who they are, and what they are in. */
export interface World {
  people: Person[];
  /** By the number of the person: somebody may have two devices. */
  clients: { name: string; person: number }[];
  /** The group that people enter and leave, and those who do, by number. */
  door: number;
  guests: number[];
  /** The group in which nobody looks until the end. */
  late: number;
  /** All chats, each with somebody who sees all of it. */
  chats: { id: number; witness: number }[];
  /** By the number of the person; none where all is plain. */
  recoveryKeys: string[];
}

const everybody = Array.from({ length: 16 }, (_, i) => i);
/** With them the group that everybody is in is a large chat (LARGE_CHAT_MEMBERS). */
const silentCrowd = 190;
const secondDevices = [0, 1, 2, 8];
const guests = [13, 14, 15];
const pairs = [
  [0, 1],
  [2, 3],
  [4, 5],
  [6, 7],
  [0, 15],
  [8, 12],
] as const;

/**
 * Makes the people and their chats; the first of a group owns it. Encrypted are all but the largest, whose crowd has no keys, and the one that people
 * enter and leave by the calls of the bare protocol.
 */
export async function makeWorld(
  home: Home,
  server: Running,
  { isEncrypted }: { isEncrypted: boolean },
): Promise<World> {
  await server.caller();
  const people = await Promise.all(everybody.map((number) => server.register(`person${number}`)));
  const chats: World["chats"] = [];
  const group = async (name: string, members: number[]) => {
    const [owner, ...others] = members.map((one) => people[one]!);
    const id = await owner!.group(name, ...others);
    chats.push({ id, witness: members[0]! });
    return id;
  };
  const hall = await group("Hall", everybody);
  await group("Office", everybody.slice(0, 10));
  await group("Workshop", [8, 9, 10, 11, 12, 13]);
  await group("Three of us", [5, 0, 12]);
  const late = await group("Nobody looks", [1, 3, 9, 11, 14]);
  const door = await group("Door", [0, 1, 2, 3, 4, 5, ...guests]);
  await people[0]!.put(`/api/chats/${door}/members/${people[1]!.id}`, { role: "admin" });
  for (const [a, b] of pairs) chats.push({ id: await people[a]!.directWith(people[b]!), witness: a });
  crowdInto(home.dataDir, hall, silentCrowd);
  const plain = [hall, door];
  const recoveryKeys = isEncrypted
    ? await encrypt(
        server.url,
        people,
        chats.filter(({ id }) => !plain.includes(id)),
      )
    : [];
  const clients = [...everybody, ...secondDevices].map((person, i) => ({ name: `c${i}`, person }));
  return { people, clients, door, guests, late, chats, recoveryKeys };
}

/** Everybody has keys, and these chats are encrypted. */
async function encrypt(url: string, people: Person[], chats: World["chats"]): Promise<string[]> {
  const sessions: Session[] = [];
  const recoveryKeys: string[] = [];
  for (const { username } of people) {
    const session = await connect(url, { username, password });
    await session.live();
    sessions.push(session);
    recoveryKeys.push((await session.encryption.setUp()).recoveryKey);
  }
  for (const { id, witness } of chats) {
    const { encryption } = sessions[witness]!.chat(id);
    await encryption.turnOn(await encryption.preview());
  }
  await Promise.all(sessions.map((one) => one.signOut()));
  return recoveryKeys;
}
