export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

type Fields = Record<string, unknown>;

/** A structured log: one JSON object per line. Never given a token, a password or a message's text. */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/** Opens a log that hands complete lines, without their newline, to `write`. */
export function openLog(level: LogLevel, now: () => number, write: (line: string) => void): Log {
  const least = logLevels.indexOf(level);
  const at = (name: LogLevel) => {
    if (logLevels.indexOf(name) < least) return () => {};
    return (message: string, fields?: Fields) =>
      write(
        JSON.stringify({
          time: new Date(now()).toISOString(),
          level: name,
          message,
          ...fields,
        }),
      );
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** The fields that describe an unexpected error; of several, which closing several parts may lead to, each one. */
export function describeError(error: unknown): Fields {
  if (!(error instanceof Error)) return { error: String(error) };
  if (error instanceof SuppressedError) {
    return { ...describeError(error.error), before: describeError(error.suppressed) };
  }
  const code = "code" in error ? { error_code: error.code } : {};
  return { error: `${error.name}: ${error.message}`, ...code, stack: error.stack };
}
