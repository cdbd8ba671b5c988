type Reply = { id: number; value: unknown } | { id: number; error: { message: string; code: string } };

/** A vendor's error that happened in another thread, with its code. */
export class RemoteError extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

type WorkerName = "db/flusher" | "db/reader" | "search/indexer" | "blobs/writer";

/**
 * Starts a worker of `platform`, which the build names too: inside the executable each keeps its path below the root.
 */
export function startWorker(name: WorkerName): Worker {
  const file = Bun.isStandaloneExecutable ? `./platform/${name}.js` : `./${name}.ts`;
  return new Worker(new URL(file, import.meta.url).href);
}

/**
 * The client side of a worker: one promise per question, answered in order. `died` is called when the worker ends by
 * itself, after which nothing is answered.
 */
export class Asker {
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #last = 0;

  constructor(
    private readonly worker: Worker,
    died: (error: Error) => void,
  ) {
    worker.onmessage = (event: MessageEvent<Reply>) => {
      const reply = event.data;
      const one = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if ("error" in reply) one?.reject(new RemoteError(reply.error.message, reply.error.code));
      else one?.resolve(reply.value);
    };
    worker.onerror = (event) => {
      const error = new Error(`a worker failed: ${event.message}`);
      for (const one of this.#waiting.values()) one.reject(error);
      this.#waiting.clear();
      died(error);
    };
  }

  /** What is transferred belongs to the worker from now on. */
  ask<T>(question: unknown, transfer: ArrayBuffer[] = []): Promise<T> {
    const id = ++this.#last;
    return new Promise<T>((resolve, reject) => {
      this.worker.postMessage({ id, question }, transfer);
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
    });
  }

  close(): void {
    this.worker.terminate();
  }
}

declare const self: Worker;

/** An answer with buffers that are transferred to the asking side. */
export class Transferred {
  constructor(
    readonly value: unknown,
    readonly buffers: ArrayBuffer[],
  ) {}
}

/** The server side, inside the worker: answers one question after another. */
export function answerQuestions<Q>(answer: (question: Q) => unknown): void {
  self.onmessage = (event: MessageEvent<{ id: number; question: Q }>) => {
    const { id, question } = event.data;
    try {
      const given = answer(question);
      const { value, buffers } = given instanceof Transferred ? given : new Transferred(given, []);
      self.postMessage({ id, value }, buffers);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      self.postMessage({ id, error: { message: String(error), code } });
    }
  };
}
