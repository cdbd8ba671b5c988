/** Who is asking: a user, through one of their sessions. Known from a token; verbs look both up. */
export interface Actor {
  readonly userId: number;
  readonly sessionId: number;
}
