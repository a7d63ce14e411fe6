/** Steps of the PlanetLab study: every 300 s, 0.1 s after the sample (section 2 of its specification). */
export const STUDY_STEP_MS = 300_000
export const STUDY_OFFSET_MS = 100
export const STUDY_FIRST_STEP_MS = STUDY_STEP_MS + STUDY_OFFSET_MS

/** Instants of the study in seconds, with the rounding of a clock to which each step adds 300. */
export interface StudyClock {
  /** Seconds at an instant: those of the last step, as the clock has added them up, and what came after it. */
  secondsAt(atMs: number): number
}

export function studyClock(durationMs: number): StudyClock {
  const steps = new Float64Array(Math.ceil(durationMs / STUDY_STEP_MS) + 1)
  steps[0] = STUDY_OFFSET_MS / 1000
  for (let step = 1; step < steps.length; step++) steps[step] = steps[step - 1]! + STUDY_STEP_MS / 1000
  return {
    secondsAt(atMs) {
      const step = Math.max(0, Math.floor((atMs - STUDY_OFFSET_MS) / STUDY_STEP_MS))
      return steps[step]! + (atMs - STUDY_OFFSET_MS - step * STUDY_STEP_MS) / 1000
    },
  }
}
