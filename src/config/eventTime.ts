import type { EventFields } from './eventSchema.ts'
import { parseInstant } from './instant.ts'

/** When an event happens, in ms since the run's start; null when it is an instant and the start is not known, or when it says neither. */
export function eventTimeMs(fields: EventFields, startUnixMs: number | null): number | null {
  if (fields.atMs !== undefined) return fields.atMs
  if (fields.at !== undefined && startUnixMs !== null) return (parseInstant(fields.at) ?? NaN) - startUnixMs
  // Growth without a time begins with the run.
  return fields.kind === 'growth' && fields.at === undefined ? 0 : null
}
