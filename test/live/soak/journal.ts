import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** One migration as the journal tells it, read line by line without the product's own reader. */
export interface TriedMigration {
  readonly id: string
  readonly vm: string
  readonly source: string
  readonly target: string
  /** Null: it is open. */
  readonly settled: string | null
  readonly class: string | null
  /** Code and domain of what the call said, as `78/10`; empty where it said nothing. */
  readonly said: string
  readonly text: string
  /** Index of the round in which the intent was written. */
  readonly round: number
}

interface Line {
  readonly kind?: string
  readonly body?: { readonly id?: string; readonly action?: { readonly step?: { readonly kind: string; readonly vm: string; readonly source: string; readonly target: string } }; readonly settled?: string; readonly class?: string | null; readonly reply?: { readonly code: number | null; readonly domain: number | null; readonly text: string } | null }
}

/** Gathers what the journal says over many processes; segments that are compacted away meanwhile stay known. */
export class JournalWatch {
  readonly migrations = new Map<string, TriedMigration>()
  readonly open = new Set<string>()
  readonly #seen = new Set<string>()

  read(folder: string, round: number): void {
    for (const name of readdirSync(folder).sort()) for (const text of readFileSync(join(folder, name), 'utf8').split('\n')) this.#line(text, round)
  }

  #line(text: string, round: number): void {
    if (!text.startsWith('{')) return
    let line: Line & { readonly sequence?: number }
    try {
      line = JSON.parse(text) as Line & { readonly sequence?: number }
    } catch {
      return
    }
    const key = `${line.sequence} ${line.kind} ${line.body?.id}`
    if (this.#seen.has(key) || line.body?.id === undefined) return
    this.#seen.add(key)
    if (line.kind === 'intent') this.#intent(line.body, line.body.id, round)
    if (line.kind === 'outcome') this.#outcome(line.body, line.body.id)
  }

  #intent({ action }: NonNullable<Line['body']>, id: string, round: number): void {
    this.open.add(id)
    const step = action?.step
    if (step?.kind === 'migrate') this.migrations.set(id, { id, vm: step.vm, source: step.source, target: step.target, settled: null, class: null, said: '', text: '', round })
  }

  #outcome({ settled, class: kind, reply }: NonNullable<Line['body']>, id: string): void {
    this.open.delete(id)
    const migration = this.migrations.get(id)
    if (migration === undefined) return
    const said = reply == null || reply.code === null ? '' : `${reply.code}/${reply.domain}`
    this.migrations.set(id, { ...migration, settled: settled ?? null, class: kind ?? null, said, text: reply?.text ?? '' })
  }
}
