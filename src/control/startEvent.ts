import type { Step } from '../model/plan.ts'
import type { RunEvent } from '../model/run.ts'

/** What is recorded when a step is started. */
export function startEvent(step: Step, atMs: number): RunEvent {
  const { id, kind: action, reason } = step
  const kind = 'start'
  switch (step.kind) {
    case 'migrate':
      return { atMs, kind, step: id, action, reason, vm: step.vm, source: step.source, target: step.target }
    case 'startVm':
    case 'resumeVm':
      return { atMs, kind, step: id, action, reason, vm: step.vm, target: step.target }
    case 'shutdownVm':
    case 'suspendVm':
      return { atMs, kind, step: id, action, reason, vm: step.vm, source: step.source }
    case 'powerOn':
    case 'powerOff':
      return { atMs, kind, step: id, action, reason, host: step.host }
  }
}
