/** Put here by build.ts. */
declare const BUILT_FROM: string | null | undefined;

/** The commit that this executable was built from; null where that is not known, as from source. */
export const commit: string | null = typeof BUILT_FROM === "string" ? BUILT_FROM : null;
