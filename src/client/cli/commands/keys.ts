import type { RecoveryKey, Session } from "../../sdk/index.ts";
import { type Context, deadline } from "../context.ts";
import { stateWords } from "../encryption/keys-state.ts";
import { giveRecoveryKey, isRecoveryKey } from "../encryption/recovery-key.ts";
import { Secrets } from "../encryption/secrets.ts";
import { exitCodes, Failure } from "../exit-codes.ts";
import { withSession } from "../session.ts";
import { jsonLine, visible } from "../text/visible.ts";
import { within } from "../wait.ts";

/** How it stands with one's keys on this device. */
export function showKeys(context: Context, asJson: boolean): Promise<number> {
  return withKeys(context, async ({ session, patiently }) => {
    const { encryption } = session;
    const state = await patiently(encryption.check());
    const me = session.me.peek().id;
    const [own] = state === "ready" ? await patiently(encryption.people([me])) : [];
    const custody = encryption.custody.peek();
    const problems = encryption.problems.peek();
    const facts = {
      state,
      custody: custody ?? null,
      fingerprint: own?.fingerprint ?? null,
      problems: problems.map(({ user_id, kind, text }) => ({ user_id, kind, text })),
    };
    if (asJson) await context.output.line(jsonLine(facts));
    else for (const line of factLines(facts)) await context.output.line(visible(line));
    return state === "ready" && problems.length === 0 ? exitCodes.done : exitCodes.keys;
  });
}

interface Facts {
  state: keyof typeof stateWords;
  custody: "client" | "server" | null;
  fingerprint: string | null;
  problems: readonly { text: string }[];
}

function factLines({ state, custody, fingerprint, problems }: Facts): string[] {
  const made =
    custody === "server"
      ? ["The server has made them, and could read what is encrypted for you: parley chat keys reset"]
      : ["They were made on a device of yours; the server cannot read what is encrypted for you."];
  return [
    stateWords[state],
    ...(custody ? made : []),
    ...(fingerprint === null ? [] : [`Fingerprint: ${fingerprint}`]),
    ...problems.map((one) => `!! ${one.text}`),
  ];
}

/** Makes keys. */
export function setUpKeys(context: Context, hasPassphrase: boolean): Promise<number> {
  return withKeys(context, async (desk) => {
    const { session, patiently } = desk;
    const state = await patiently(session.encryption.check());
    const isUnseen = session.encryption.problems.peek().some((one) => one.kind === "recovery_key_unseen");
    if (!["none", "unconfirmed"].includes(state) && !isUnseen)
      throw new Failure(exitCodes.refused, `You have keys already. ${stateWords[state]}`);
    const passphrase = await askForPassphrase(desk, hasPassphrase);
    await give(desk, patiently(session.encryption.setUp({ ...passphrase })));
  });
}

/** Opens them on this device. */
export function unlockKeys(context: Context): Promise<number> {
  return withKeys(context, async (desk) => {
    const { session, secrets, patiently } = desk;
    const typed = await secrets.ask("Recovery key or passphrase: ");
    const secret = isRecoveryKey(typed) ? { recoveryKey: typed } : { passphrase: typed };
    await withPassword(desk, (password) => patiently(session.encryption.unlock({ ...secret, ...password })));
    context.note(stateWords.ready);
  });
}

/** Another recovery key. */
export function renewRecoveryKey(context: Context): Promise<number> {
  return withKeys(context, async (desk) => {
    const { session, patiently } = desk;
    const made = withPassword(desk, (password) =>
      patiently(session.encryption.newRecoveryKey({ ...password })),
    );
    await give(desk, made);
    context.note("The recovery key of before opens nothing any more.");
  });
}

/** All keys anew, after a theft. */
export function renewKeys(context: Context, hasPassphrase: boolean): Promise<number> {
  return withKeys(context, async (desk) => {
    const { session, secrets, patiently } = desk;
    await requireKeys(desk);
    const password = await secrets.ask("Password of your account: ");
    const passphrase = await askForPassphrase(desk, hasPassphrase);
    await give(desk, patiently(session.encryption.renew({ password, ...passphrase })));
    context.note("Your other devices have to be unlocked with it. Sign out the one that was stolen.");
  });
}

const lost = `New keys, for which nothing of before vouches:
- What was encrypted for your old keys, and this device cannot open now, nobody will ever read again.
- Everybody you write to is told that your keys are others now, and has to trust them anew.
- In encrypted groups somebody has to let you in again before you can read and write there.`;

/** New keys where all is lost. */
export function resetKeys(context: Context, isSure: boolean, hasPassphrase: boolean): Promise<number> {
  return withKeys(context, async (desk) => {
    const { session, secrets, patiently } = desk;
    context.note(lost);
    if (!isSure && !secrets.isTerminal)
      throw new Failure(exitCodes.usage, "Where nobody can be asked, --yes says that this is meant.");
    if (!isSure && (await secrets.ask('Type "yes" if you want this: ')).trim().toLowerCase() !== "yes")
      throw new Failure(exitCodes.refused, "Nothing was changed.");
    const password = await secrets.ask("Password of your account: ");
    const passphrase = await askForPassphrase(desk, hasPassphrase);
    await give(desk, patiently(session.encryption.reset({ password, ...passphrase })));
  });
}

/** Goes on with what the server has now, as after a restore from a backup. */
export function acceptKeys(context: Context): Promise<number> {
  return withKeys(context, async ({ session, patiently }) => {
    await patiently(session.encryption.check());
    await patiently(session.encryption.acknowledge(session.me.peek().id));
    context.note(stateWords[session.encryption.state.peek()]);
  });
}

interface Desk {
  context: Context;
  session: Session;
  secrets: Secrets;
  /** As long as a command waits for the server; how long a person thinks does not count. */
  patiently<T>(work: Promise<T>): Promise<T>;
}

function withKeys(context: Context, work: (desk: Desk) => Promise<number | void>): Promise<number> {
  return withSession(context, async (session) => {
    using secrets = new Secrets(context);
    const patiently = <T>(asked: Promise<T>) => within(deadline(context), asked);
    await patiently(session.live());
    return (await work({ context, session, secrets, patiently })) ?? exitCodes.done;
  });
}

/** Errors: Failure where this device does not have them. */
async function requireKeys({ session, patiently }: Desk): Promise<void> {
  const state = await patiently(session.encryption.check());
  if (state !== "ready") throw new Failure(exitCodes.keys, stateWords[state]);
}

async function askForPassphrase({ secrets }: Desk, isWanted: boolean): Promise<{ passphrase?: string }> {
  return isWanted ? { passphrase: await secrets.askForNew("Passphrase for your keys: ") } : {};
}

/** Without the account's password, unless the server wants it. */
async function withPassword<T>(
  { secrets }: Desk,
  run: (password: { password?: string }) => Promise<T>,
): Promise<T> {
  try {
    return await run({});
  } catch (error) {
    if ((error as { code?: string }).code !== "password_needed") throw error;
    return await run({ password: await secrets.ask("Password of your account: ") });
  }
}

async function give({ context, secrets }: Desk, made: Promise<RecoveryKey>): Promise<void> {
  await giveRecoveryKey(context, secrets, await made);
}
