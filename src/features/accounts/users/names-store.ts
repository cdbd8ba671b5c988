import { and, asc, eq, gt, not, or, type Placeholder, type SQL, sql, type SQLWrapper } from "drizzle-orm";

import { memoize } from "../../../core/memoize.ts";
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

const search = memoize((words: number) => (orm: ReadOrm) => {
  const matches = Array.from({ length: words }, (_, i) => {
    const inUsername = ["", "%.", "%-", "%\\_"].map((before) =>
      like(users.usernameKey, sql`${before} || ${sql.placeholder(`username${i}`)}`),
    );
    return or(...inUsername, like(users.nameKey, sql.placeholder(`name${i}`)));
  });
  const rank = sql`case when ${users.usernameKey} = ${sql.placeholder("whole")} then 0
    when ${like(users.usernameKey, sql.placeholder("username"))} then 1
    when ${like(users.nameKey, sql.placeholder("start"))} then 2 else 3 end`;
  return orm
    .select(profile)
    .from(users)
    .where(
      and(eq(users.isActive, true), or(and(...matches), like(users.nameKey, sql.placeholder("anywhere")))),
    )
    .orderBy(rank, asc(users.usernameKey))
    .limit(sql.placeholder("limit"));
});

/**
 * Active users whose names have all words: the user name at the beginning of one of its parts, the full name anywhere,
 * or at the beginning of a word where only that counts. Also those whose full name has the whole query anywhere. First
 * those whose user name or full name begins with it.
 */
export function searchProfiles(read: Read, { whole, words }: NameQuery, limit: number): Promise<Profile[]> {
  const patterns = words.flatMap(({ text, start }, i) => {
    const part = escapeLike(text);
    return [
      [`username${i}`, `${part}%`],
      [`name${i}`, start ? `%\n${part}%` : `%${part}%`],
    ];
  });
  const all = escapeLike(whole);
  return read.prepared(search(words.length)).all({
    ...Object.fromEntries(patterns),
    whole,
    username: `${all}%`,
    start: `${keyMark}\n${all}%`,
    anywhere: `%${all}%`,
    limit,
  });
}

function like(column: SQLWrapper, pattern: SQL | Placeholder): SQL {
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
