/** Thrown when Ctrl-C was pressed during work that had to be finished first. */
export class Interrupted extends Error {
  constructor() {
    super('stopped')
    this.name = 'Interrupted'
  }
}

/**
 * Does a piece of work that Ctrl-C (and a polite kill) must not cut in two, such as writing a run. A signal that came
 * meanwhile takes effect afterwards. Outside such pieces there is nothing to clean up, and the signal ends the process at once.
 */
export async function whileUninterrupted<T>(work: () => T): Promise<T> {
  const came: NodeJS.Signals[] = []
  const note = (signal: NodeJS.Signals): void => {
    came.push(signal)
  }
  process.on('SIGINT', note)
  process.on('SIGTERM', note)
  try {
    const result = work()
    // Signals that arrived during synchronous work are told in a later turn of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 1))
    if (came.length > 0) throw new Interrupted()
    return result
  } finally {
    process.off('SIGINT', note)
    process.off('SIGTERM', note)
  }
}
