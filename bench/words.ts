import diceware from "@zxcvbn-ts/language-common/src/diceware.json";

const commonest =
  "the be to of and in that have it for not on with he as you do at this but his by from they we say her she or an will my one all would there their what so up out if about who get which go me when make can like time no just him know take people into year your good some could them see other than then now look only come its over think also back after use two how our work first well way even new want because any these give day most us";

/** The same numbers each time. */
class Numbers {
  #state = 12_345;

  /** From 0 up to, and without, 1. */
  next(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#state / 2 ** 32;
  }

  below(end: number): number {
    return Math.floor(this.next() * end);
  }
}

/** Picks from a list as words are used: the second half as often as the first, the third a third as often … */
class Usage {
  readonly #sums: Float64Array;

  constructor(
    readonly words: readonly string[],
    private readonly numbers: Numbers,
  ) {
    let sum = 0;
    this.#sums = Float64Array.from(words, (_, rank) => (sum += 1 / (rank + 2.7)));
  }

  pick(): string {
    const wanted = this.numbers.next() * this.#sums.at(-1)!;
    let low = 0;
    for (let high = this.words.length - 1; low < high;) {
      const middle = (low + high) >> 1;
      if (this.#sums[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return this.words[low]!;
  }
}

const everyTenth = 0.1;
const hanCharacters = 2500;
const hanWords = 5000;

/** What people might write: English of some 7,700 words, and in each tenth message two-character Han words. */
export class Writing {
  readonly numbers = new Numbers();
  readonly #english: Usage;
  readonly #han: Usage;

  constructor() {
    const rare = (diceware as string[]).filter((word) => /^[a-z]+$/.test(word));
    for (let i = rare.length - 1; i > 0; i--) {
      const j = this.numbers.below(i + 1);
      [rare[i], rare[j]] = [rare[j]!, rare[i]!];
    }
    this.#english = new Usage([...commonest.split(" "), ...rare], this.numbers);
    const character = () =>
      String.fromCharCode(0x4e00 + 8 * Math.floor(this.numbers.next() ** 2 * hanCharacters));
    this.#han = new Usage(
      Array.from({ length: hanWords }, () => character() + character()),
      this.numbers,
    );
  }

  /** By how common they are. */
  get english(): readonly string[] {
    return this.#english.words;
  }

  get han(): readonly string[] {
    return this.#han.words;
  }

  /** About 80 characters. */
  text(): string {
    const inHan = this.numbers.next() < everyTenth;
    const words = Array.from({ length: inHan ? 12 : 5 + this.numbers.below(20) }, () =>
      (inHan ? this.#han : this.#english).pick(),
    );
    return words.join(inHan ? "" : " ");
  }
}
