import type { Plan, Step } from '../model/plan.ts'
import { canonicalBytes } from './canonical.ts'
import { sha256 } from '../model/sha256.ts'

/** Content address of a plan: SHA-256, in hex, of the canonical bytes of everything in it but the address itself. */
export function planHash(plan: Omit<Plan, 'hash'>): string {
  return sha256(canonicalBytes({ ...plan, hash: undefined }))
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
