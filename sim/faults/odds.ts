import type { Rng } from '../../src/model/random.ts'

/** How likely each fault is in one run. Drawn anew for each seed, so that some runs have many of one kind and none of another. */
export interface Odds {
  /** Per effect. */
  readonly crashBefore: number
  readonly crashAfter: number
  readonly lostCommand: number
  readonly lostReply: number
  readonly lateCommand: number
  readonly duplicate: number
  readonly migrationFails: number
  readonly migrationSticks: number
  readonly abortRefused: number
  readonly wakeFails: number
  /** Per look. */
  readonly staleLook: number
  readonly lostLook: number
  /** Per append. */
  readonly slowAppend: number
  readonly diskFull: number
  /** Per round of the world's own events. */
  readonly crash: number
  readonly pause: number
  readonly partition: number
  readonly hostDies: number
  readonly controllerDead: number
  readonly people: number
  /** Per start of a process. */
  readonly clockJump: number
}

export const NO_ODDS: Odds = {
  crashBefore: 0, crashAfter: 0, lostCommand: 0, lostReply: 0, lateCommand: 0, duplicate: 0, migrationFails: 0, migrationSticks: 0, abortRefused: 0, wakeFails: 0,
  staleLook: 0, lostLook: 0, slowAppend: 0, diskFull: 0, crash: 0, pause: 0, partition: 0, hostDies: 0, controllerDead: 0, people: 0, clockJump: 0,
}

/** Each fault is left out of two runs in five, so that what one hides another shows. */
export function drawOdds(rng: Rng): Odds {
  const upTo = (most: number): number => (rng.next() < 0.4 ? 0 : rng.next() * most)
  return {
    crashBefore: upTo(0.08), crashAfter: upTo(0.08), lostCommand: upTo(0.15), lostReply: upTo(0.25), lateCommand: upTo(0.2), duplicate: upTo(0.2), migrationFails: upTo(0.25), migrationSticks: upTo(0.1),
    abortRefused: upTo(0.5), wakeFails: upTo(0.3), staleLook: upTo(0.15), lostLook: upTo(0.15), slowAppend: upTo(0.1), diskFull: upTo(0.03), crash: upTo(0.1), pause: upTo(0.1), partition: upTo(0.15), hostDies: upTo(0.04),
    controllerDead: upTo(0.08), people: upTo(0.4), clockJump: upTo(0.1),
  }
}
