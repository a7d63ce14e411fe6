import type { Mutant } from './mutants.ts'

const TURN = 'src/control/turn.ts'
const SOLVING = 'src/control/solving.ts'
const tests = ['test/control/solving.test.ts']

/** Deliberate bugs in how the controller asks for placements and takes answers. */
export const SOLVING_MUTANTS: readonly Mutant[] = [
  { name: 'a deadline passes unseen', file: TURN, find: 'atMs >= open.deadlineMs', replace: 'atMs >= 9 * open.deadlineMs', tests },
  { name: 'a second placement is asked for while one is open', file: TURN, find: 'if (open !== null || atMs < state.nextDecisionMs)', replace: 'if (atMs < state.nextDecisionMs)', tests },
  { name: 'any answer will do', file: TURN, find: 'if (open?.id !== id)', replace: 'if (open === null)', tests },
  { name: 'a stale answer is used', file: TURN, find: 'if (stale !== null) return again', replace: 'if (stale === undefined) return again', tests },
  { name: 'stale answers go on for ever', file: TURN, find: 'state.staleInARow >= STALE_MAX', replace: 'state.staleInARow >= 9 * STALE_MAX', tests },
  { name: 'an answer is used twice', file: TURN, find: 'carryOut(config, { ...state, solving: null }', replace: 'carryOut(config, { ...state }', tests },
  { name: 'what is done already is planned again', file: SOLVING, find: 'if (place === null || place !== arbitrated.packing.assignment[item]) return false', replace: 'if (place === null) return false', tests },
  { name: 'a VM that left is looked for', file: SOLVING, find: 'if (pool.vmState[vm] === VM.gone || ', replace: 'if (', tests },
  { name: 'VMs go to a host that serves no more', file: SOLVING, find: '!isServing(pool, wanted)', replace: '!isServing(pool, wanted) === null', tests },
  { name: 'a decision that came to nothing counts', file: SOLVING, find: 'placement: state.solving.placementBefore', replace: 'placement: state.placement', tests },
  { name: 'old wishes are answered', file: 'src/control/adopt.ts', find: 'state: { ...withoutSolve(before), progress', replace: 'state: { ...before, progress', tests },
  { name: 'the next decision waits a whole interval after a slow answer', file: TURN, find: 'atMs: Math.max(atMs, nextDecisionMs)', replace: 'atMs: atMs + nextDecisionMs', tests },
]
