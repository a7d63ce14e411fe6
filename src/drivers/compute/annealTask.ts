import { AnnealEngine, type Temperatures } from '../../optimize/anneal/engine.ts'
import type { AnnealRun } from '../../optimize/anneal/run.ts'
import type { Problem } from '../../optimize/problem.ts'
import { type Mailbox, WORDS, isStopped, nowMs, takeOrder } from './annealMailbox.ts'
import type { Task } from './worker.ts'

export interface AnnealInput {
  readonly problem: Problem
  readonly start: Int32Array
  readonly mailbox: Mailbox
}

/** Posted once the thread can take orders. */
export interface AnnealReady {
  readonly kind: 'ready'
  readonly temperatures: Temperatures
  readonly hasPenalty: boolean
  readonly isIdle: boolean
}

/** Posted at the end of a run; the assignment stands in the box. */
export interface AnnealDone {
  readonly kind: 'done'
  readonly value: number
  readonly violation: number
  readonly nodes: number
}

/** Annealing runs in a thread, ordered through a letter box until it is told to stop. */
export const annealTask: Task = (input, post): null => {
  const { problem, start, mailbox } = input as AnnealInput
  const engine = new AnnealEngine(problem, start, null)
  const ready: AnnealReady = { kind: 'ready', temperatures: engine.temperatures, hasPenalty: engine.hasPenalty, isIdle: engine.isIdle }
  post(ready)
  for (let served = 0; ; served++) {
    Atomics.wait(mailbox.words, WORDS.wanted, served)
    if (isStopped(mailbox)) return null
    const { run, nodes, endMs } = takeOrder(mailbox)
    const annealing = engine.begin({ ...run, nodes }, mailbox.profile, run.fromBest ? mailbox.from : null)
    if (endMs === null) while (!annealing.isOver && !isStopped(mailbox)) annealing.step()
    else stepUntil(annealing, endMs, mailbox)
    mailbox.best.set(annealing.best)
    mailbox.profile.set(annealing.released)
    const done: AnnealDone = { kind: 'done', value: annealing.bestValue, violation: annealing.bestViolation, nodes: annealing.done }
    post(done)
  }
}

/** Drives a run to its end at a time: after each epoch its length is what is done plus what the rest of the time allows at the speed so far. */
function stepUntil(annealing: AnnealRun, endMs: number, mailbox: Mailbox): void {
  const beganMs = nowMs()
  for (let atMs = beganMs; atMs < endMs && !annealing.isOver && !isStopped(mailbox); ) {
    annealing.step()
    atMs = nowMs()
    annealing.nodes = Math.max(annealing.done + 1, Math.floor((annealing.done * (endMs - beganMs)) / Math.max(1, atMs - beganMs)))
    if (atMs >= endMs) annealing.nodes = annealing.done
  }
}
