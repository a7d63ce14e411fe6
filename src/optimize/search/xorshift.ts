/** A small source of randomness for searches, xorshift32 (Marsaglia 2003) from a mixed seed: quick, and the same everywhere. */
export class Xorshift {
  private word: number

  constructor(seed: number) {
    let mixed = Math.imul((seed | 0) ^ 0x9e3779b9, 0x85ebca6b)
    mixed ^= mixed >>> 13
    mixed = Math.imul(mixed, 0xc2b2ae35)
    this.word = (mixed ^ (mixed >>> 16)) | 1
  }

  /** Uniform in (0, 1). */
  next(): number {
    let word = this.word
    word ^= word << 13
    word ^= word >>> 17
    word ^= word << 5
    this.word = word
    return (word >>> 0) / 4294967296
  }

  /** Uniform integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.next() * bound)
  }
}
