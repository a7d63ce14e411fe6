/** Something outside this program failed: a server that does not answer, refuses, or answers nonsense. The command line exits 3. */
export class OutsideFailure extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'OutsideFailure'
  }
}
