/** What a feature names in its list to add something to a feature above it. */
export interface Extension {
  add(): void;
}

/**
 * Where features add something to one above them, which does not know them. It belongs to the feature that has it, and
 * is filled by `src/features.ts`, before any server is put together.
 */
export class ExtensionPoint<T> {
  readonly #values: T[] = [];

  /** In the order of the features. */
  get values(): readonly T[] {
    return this.#values;
  }

  with(value: T): Extension {
    return { add: () => void this.#values.push(value) };
  }
}
