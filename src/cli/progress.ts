import type { Terminal } from './terminal.ts'

/** Shorter work needs no progress. */
const QUIET_MS = 2000
const TERMINAL_EVERY_MS = 200
const PLAIN_EVERY_MS = 10_000

/** Tells how far a piece of work is: on a terminal in one line that is written over, elsewhere in a plain line now and then. */
export interface Progress {
  /** `done` of `total`, in any unit. */
  report(label: string, done: number, total: number): void
  /** Takes the line away before something else is printed. */
  readonly clear: () => void
}

export const NO_PROGRESS: Progress = { report: () => undefined, clear: () => undefined }

/** Progress with rate and time left; `unitsPerS` says the rate in words, from units a second of wall time. */
export function terminalProgress(terminal: Terminal, nowMs: () => number, rateText: (unitsPerS: number) => string): Progress {
  const startMs = nowMs()
  let lastMs = startMs
  let isShown = false
  const clear = (): void => {
    if (isShown) terminal.err('\r\u001b[K')
    isShown = false
  }
  return {
    report: (label, done, total) => {
      const atMs = nowMs()
      const everyMs = terminal.isInteractive ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS
      if (atMs - startMs < QUIET_MS || atMs - lastMs < everyMs || done <= 0) return
      lastMs = atMs
      const line = progressLine(label, done, total, atMs - startMs, rateText)
      if (!terminal.isInteractive) {
        terminal.err(`${line}\n`)
        return
      }
      terminal.err(`\r${line.slice(0, terminal.columns - 1)}\u001b[K`)
      isShown = true
    },
    clear,
  }
}

function progressLine(label: string, done: number, total: number, elapsedMs: number, rateText: (unitsPerS: number) => string): string {
  const share = Math.min(1, done / total)
  const leftMs = share > 0 ? (elapsedMs / share) * (1 - share) : 0
  return `${label} ${Math.floor(share * 100)} %, ${rateText((done / elapsedMs) * 1000)}, ${lengthText(leftMs)} left`
}

/** `1 h 5 min`, `40 s`. */
export function lengthText(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
