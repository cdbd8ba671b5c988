import { and, asc, eq, gt, not, or, type Placeholder, type SQL, sql, type SQLWrapper } from "drizzle-orm";

import type { Read, ReadOrm } from "../../../platform/db/database.ts";
import { users } from "../tables.ts";
import { keyMark, type NameQuery } from "./name-search.ts";
import { type Profile, profile } from "./profiles-store.ts";

const otherKeys = (orm: ReadOrm) =>
  orm
    .select({ id: users.id, fullName: users.fullName })
    .from(users)
    .where(and(gt(users.id, sql.placeholder("after")), not(like(users.nameKey, sql.placeholder("pattern")))))
    .orderBy(asc(users.id))
    .limit(sql.placeholder("limit"));

/**
 * Active users whose names have all words: the user name at the beginning of one of its parts, the full name anywhere,
 * or at the beginning of a word where only that counts. Also those whose full name has the whole query anywhere. First
 * those whose user name or full name begins with it.
 */
export function searchProfiles(read: Read, { whole, words }: NameQuery, limit: number): Promise<Profile[]> {
  const username = (pattern: string) => like(users.usernameKey, pattern);
  const name = (pattern: string) => like(users.nameKey, pattern);
  const matches = words.map(({ text, start }) => {
    const part = escapeLike(text);
    const inUsername = ["", "%.", "%-", "%\\_"].map((before) => username(`${before}${part}%`));
    return or(...inUsername, name(start ? `%\n${part}%` : `%${part}%`));
  });
  const all = escapeLike(whole);
  const rank = sql`case when ${users.usernameKey} = ${whole} then 0 when ${username(`${all}%`)} then 1
    when ${name(`${keyMark}\n${all}%`)} then 2 else 3 end`;
  return read.orm
    .select(profile)
    .from(users)
    .where(and(eq(users.isActive, true), or(and(...matches), name(`%${all}%`))))
    .orderBy(rank, asc(users.usernameKey))
    .limit(limit);
}

function like(column: SQLWrapper, pattern: string | Placeholder): SQL {
  return sql`${column} like ${pattern} escape '\\'`;
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}

/** Those behind `after` whose names' keys do not begin with `mark`. */
export function findOtherKeys(
  read: Read,
  mark: string,
  after: number,
  limit: number,
): Promise<Pick<typeof users.$inferSelect, "id" | "fullName">[]> {
  return read.prepared(otherKeys).all({ after, pattern: `${mark}%`, limit });
}
