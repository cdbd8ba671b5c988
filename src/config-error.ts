/** Stops the start. Each line of its message is a sentence that names a variable. */
export class ConfigError extends Error {}
