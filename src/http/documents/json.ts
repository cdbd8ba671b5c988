/** A part of a document. */
export type Json = Record<string, unknown>;
