/** What one check has found, in sentences that an operator can act on; they hold no secret. */
export interface Finding {
  level: "ok" | "warning" | "problem";
  sentence: string;
}

/** What is so about one push channel. */
export interface Diagnosis {
  name: string;
  isOn: boolean;
  findings: Finding[];
}

export const ok = (sentence: string): Finding => ({ level: "ok", sentence });
export const warning = (sentence: string): Finding => ({ level: "warning", sentence });
export const problem = (sentence: string): Finding => ({ level: "problem", sentence });

/** Pushes of this channel would arrive, as far as this machine can tell. */
export function wouldWork({ isOn, findings }: Diagnosis): boolean {
  return isOn && findings.every((one) => one.level !== "problem");
}
