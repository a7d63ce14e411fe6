import type { Step } from '../model/plan.ts'
import type { RunEvent } from '../model/run.ts'

/** What is recorded when a step is started. */
export function startEvent(step: Step, atMs: number): RunEvent {
  const base = { atMs, kind: 'start' as const, step: step.id, action: step.kind, reason: step.reason }
  if ('host' in step) return { ...base, host: step.host }
  return { ...base, vm: step.vm, ...('source' in step ? { source: step.source } : {}), ...('target' in step ? { target: step.target } : {}) }
}
