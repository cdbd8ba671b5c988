/** SHA-256 (FIPS 180-4) of bytes that come piece by piece: WebCrypto has it for what is in memory as a whole, and nothing else. */
const blockBytes = 64;

/** The first 32 bits of the fraction of a root: square roots of primes to begin with, cube roots for the rounds. */
const fraction = (root: number): number => ((root % 1) * 2 ** 32) | 0;

const primes = [...Array(312).keys()].filter(
  (n) => n > 1 && ![...Array(n).keys()].some((d) => d > 1 && n % d === 0),
);
const rounds = Int32Array.from(primes.slice(0, 64), (prime) => fraction(Math.cbrt(prime)));

const turned = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

export class Sha256 {
  readonly #state = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
  readonly #words = new Int32Array(64);
  readonly #block = new Uint8Array(blockBytes);
  readonly #view = new DataView(this.#block.buffer);
  #length = 0;

  update(bytes: Uint8Array): this {
    for (let at = 0; at < bytes.length;) {
      const filled = this.#length % blockBytes;
      const some = bytes.subarray(at, at + blockBytes - filled);
      this.#block.set(some, filled);
      this.#length += some.length;
      at += some.length;
      if (this.#length % blockBytes === 0) this.#take();
    }
    return this;
  }

  /** Once, at the end. */
  digest(): Uint8Array<ArrayBuffer> {
    const length = this.#length;
    const padding = new Uint8Array(blockBytes + 8 - ((length + 8) % blockBytes));
    padding[0] = 0x80;
    const view = new DataView(padding.buffer);
    view.setBigUint64(padding.length - 8, BigInt(length) * 8n);
    this.update(padding);
    const out = new Uint8Array(32);
    const written = new DataView(out.buffer);
    this.#state.forEach((word, i) => written.setInt32(i * 4, word));
    return out;
  }

  /** The 16 words of a block, and 48 that are made of them. */
  #extend(): void {
    const words = this.#words;
    for (let i = 0; i < 16; i++) words[i] = this.#view.getInt32(i * 4);
    for (let i = 16; i < 64; i++) {
      const x = at(words, i - 15);
      const y = at(words, i - 2);
      const small = turned(x, 7) ^ turned(x, 18) ^ (x >>> 3);
      const large = turned(y, 17) ^ turned(y, 19) ^ (y >>> 10);
      words[i] = at(words, i - 16) + small + at(words, i - 7) + large;
    }
  }

  #take(): void {
    this.#extend();
    const words = this.#words;
    const state = this.#state;
    let a = at(state, 0);
    let b = at(state, 1);
    let c = at(state, 2);
    let d = at(state, 3);
    let e = at(state, 4);
    let f = at(state, 5);
    let g = at(state, 6);
    let h = at(state, 7);
    for (let i = 0; i < 64; i++) {
      const chosen = (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g));
      const one = (h + chosen + at(rounds, i) + at(words, i)) | 0;
      const two = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = (d + one) | 0;
      d = c;
      c = b;
      b = a;
      a = (one + two) | 0;
    }
    const more = [a, b, c, d, e, f, g, h];
    for (let i = 0; i < 8; i++) state[i] = at(state, i) + (more[i] ?? 0);
  }
}

const at = (words: Int32Array, i: number): number => words[i] ?? 0;
