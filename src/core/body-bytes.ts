interface BodySettings {
  maxBodyBytes: number;
  maxAnonymousBodyBytes: number;
}

/** The largest body of a call without an access token, in bytes: no more than of others. */
export function anonymousBodyBytes({ maxAnonymousBodyBytes, maxBodyBytes }: BodySettings): number {
  return Math.min(maxAnonymousBodyBytes, maxBodyBytes);
}
