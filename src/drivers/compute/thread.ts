import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

export interface ThreadOptions {
  /** The thread is ended after this; the promise then gives null. Null: no limit. */
  readonly deadlineMs: number | null
  readonly onMessage?: (message: unknown) => void
  /** Ends the thread, as a deadline does. */
  readonly signal?: AbortSignal
}

/**
 * Runs a named task of worker.ts on `input` (copied; SharedArrayBuffers are shared) in a thread of its own. Gives its
 * answer, or null when it was ended by the deadline or the signal. Rejects when the task fails.
 */
export function runInThread<Answer>(name: string, input: unknown, { deadlineMs, onMessage, signal }: ThreadOptions): Promise<Answer | null> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerFile(), { workerData: { name, input } })
    const end = (): void => {
      settle(() => resolve(null))
      void worker.terminate()
    }
    const timer = deadlineMs === null ? null : setTimeout(end, deadlineMs)
    const settle = (how: () => void): void => {
      if (timer !== null) clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      how()
    }
    if (signal?.aborted) end()
    signal?.addEventListener('abort', end, { once: true })
    worker.on('message', (message: { readonly answer: Answer } | { readonly message: unknown }) => ('answer' in message ? settle(() => resolve(message.answer)) : onMessage?.(message.message)))
    worker.on('error', (error) => settle(() => reject(error)))
    worker.on('exit', (code) => settle(() => reject(new Error(`the thread of ${name} ended with ${code} before it answered`))))
  })
}

/** The bundled worker: beside this bundle or its chunk, or, from sources, in dist. */
function workerFile(): URL {
  const candidates = ['./worker.js', '../worker.js', '../../../dist/worker.js'].map((path) => new URL(path, import.meta.url))
  const found = candidates.find((file) => existsSync(file))
  if (found === undefined) throw new Error('dist/worker.js is missing: run npm run build')
  return found
}
