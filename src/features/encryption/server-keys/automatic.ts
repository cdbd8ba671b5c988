import type { RegistrationStep } from "../../accounts/index.ts";
import { acceptKeys, findKeys } from "../directory/generate.ts";
import { makeServerKeys } from "./make.ts";

/** Whoever registers waits for nothing longer than for their password to be hashed; keys can be made later. */
export const mostWaitMilliseconds = 1000;

/** Keys for whoever registers with a program that makes none, so that others can encrypt for everybody. */
export const automaticKeys: RegistrationStep = async (kit, actor, input) => {
  if (input.encryption === "client" || kit.settings.e2eeServerCrypto === "off") return {};
  const before = await kit.db.read((read) => findKeys(read, actor));
  const patience = AbortSignal.timeout(mostWaitMilliseconds);
  const made = await makeServerKeys(kit, actor, before, { patience });
  const { kid, confirmed, recovery_key } = await acceptKeys(kit, actor, before, made);
  return { encryption: { kid, confirmed, ...(recovery_key !== undefined && { recovery_key }) } };
};
