import type { Step } from '../model/plan.ts'

/** Content address of a plan's steps: two 32-bit FNV-1a hashes over what is done to whom in which order, as 16 hex digits. Not cryptographic. */
export function hashSteps(baseRevision: number, steps: readonly Step[]): string {
  const text = [baseRevision, ...steps.map((step) => `${stepKey(step)}<${step.after.join('+')}`)].join('\n')
  return hex(fnv(text, 0x811c9dc5)) + hex(fnv(text, 0x9747b28c))
}

/** What a step does to whom, whatever its id: two plans with the same keys want the same. */
export function stepKey(step: Step): string {
  switch (step.kind) {
    case 'migrate':
      return `migrate ${step.vm} ${step.source} ${step.target}`
    case 'startVm':
    case 'resumeVm':
      return `${step.kind} ${step.vm} ${step.target}`
    case 'shutdownVm':
    case 'suspendVm':
      return `${step.kind} ${step.vm} ${step.source}`
    case 'powerOn':
    case 'powerOff':
      return `${step.kind} ${step.host}`
  }
}

function fnv(text: string, start: number): number {
  let hash = start | 0
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}

const hex = (word: number): string => word.toString(16).padStart(8, '0')
