import type { Job } from "../../../core/job.ts";
import type { Kit } from "../../../kit.ts";
import { fillAllVacancies } from "./succession.ts";

/** At the start, groups whose owner has gone have successors. */
export function vacancies(kit: Kit): Job {
  return { name: "vacancies", start: () => fillAllVacancies(kit), async settled() {}, async stop() {} };
}
