import type { Plan, Step } from '../model/plan.ts'

/** What takes a carried-out plan back, as lines: its steps from the last to the first, each turned round. */
export function undoLines({ steps }: Pick<Plan, 'steps'>): string[] {
  return steps.flatMap((_, number) => undoOf(steps[steps.length - 1 - number]!) ?? [])
}

/** Null where nothing needs undoing. */
function undoOf(step: Step): string | null {
  switch (step.kind) {
    case 'migrate':
      return `migrate ${step.vm} from ${step.target} back to ${step.source}`
    case 'startVm':
      return `shut ${step.vm} down on ${step.target}`
    case 'resumeVm':
      return `suspend ${step.vm} on ${step.target}`
    case 'shutdownVm':
      return `start ${step.vm} on ${step.source}`
    case 'suspendVm':
      return `resume ${step.vm} on ${step.source}`
    case 'powerOn':
      return `power ${step.host} off again`
    case 'powerOff':
      return `power ${step.host} on again`
  }
}
