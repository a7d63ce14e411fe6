/** What arrives while somebody is busy, in order of arrival. */
export class Inbox<Letter> {
  private readonly letters: Letter[] = []
  private notify: (() => void) | null = null

  put(letter: Letter): void {
    this.letters.push(letter)
    this.notify?.()
  }

  take(): Letter | undefined {
    return this.letters.shift()
  }

  /** Resolves when there is a letter, at once where one is there. */
  arrival(): Promise<void> {
    if (this.letters.length > 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.notify = () => {
        this.notify = null
        resolve()
      }
    })
  }
}
