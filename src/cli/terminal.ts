import { createInterface } from 'node:readline'

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
  /** Asks a person and gives the line that was typed; absent: nobody is there. */
  readonly ask?: (question: string) => Promise<string>
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
    ...(process.stdin.isTTY ? { ask: askOnTerminal } : {}),
  }
}

/** An input that ends says nothing. */
function askOnTerminal(question: string): Promise<string> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin, output: process.stderr })
    let answer = ''
    // Ctrl-C at the question is Ctrl-C to the program.
    lines.once('SIGINT', () => {
      lines.close()
      process.kill(process.pid, 'SIGINT')
    })
    lines.once('close', () => resolve(answer))
    lines.question(question, (text) => {
      answer = text
      lines.close()
    })
  })
}
