import { spawn } from 'node:child_process'

/** What a program said and how it ended; `code` null: a signal or the deadline ended it, or it could not be started. */
export interface ChildEnd {
  readonly code: number | null
  readonly out: string
  readonly error: string
  readonly inTime: boolean
}

const OUT_CHARACTERS_MAX = 64 * 1024

/**
 * Runs a program with an argument array and without standard input, and ends it at the deadline. Only what is named of
 * the environment reaches it, besides PATH. Never rejects.
 */
export function runChild(program: string, args: readonly string[], environment: Readonly<Record<string, string>>, timeoutMs: number): Promise<ChildEnd> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', ...environment } })
    const texts = { out: '', error: '' }
    let inTime = true
    const collect = (which: 'out' | 'error') => (chunk: Buffer): void => {
      if (texts[which].length < OUT_CHARACTERS_MAX) texts[which] += chunk.toString('utf8')
    }
    child.stdout.on('data', collect('out'))
    child.stderr.on('data', collect('error'))
    const timer = setTimeout(() => {
      inTime = false
      child.kill('SIGKILL')
    }, Math.max(1, timeoutMs))
    const end = (code: number | null, failure: string): void => {
      clearTimeout(timer)
      resolve({ code, out: texts.out, error: failure === '' ? texts.error : failure, inTime })
    }
    child.once('error', ({ message }) => end(null, message))
    child.once('close', (code) => end(code, ''))
  })
}
