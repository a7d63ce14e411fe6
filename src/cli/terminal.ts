/** What a command may do to the outside, so that tests can stand in for it. */
export interface Terminal {
  /** Results: nothing else goes to standard output. */
  readonly out: (text: string) => void
  /** Progress, logs and faults. */
  readonly err: (text: string) => void
  /** Whether standard error is a terminal whose line can be written over. */
  readonly isInteractive: boolean
  readonly columns: number
  readonly workingDirectory: string
}

/** The process's own streams. A reader that goes away (`| head`) ends the output, not the program. */
export function processTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
  return {
    out: (text) => void process.stdout.write(text), err: (text) => void process.stderr.write(text),
    isInteractive: process.stderr.isTTY, columns: process.stderr.columns || 80, workingDirectory: process.cwd(),
  }
}
