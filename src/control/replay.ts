import type { Input, Output } from './messages.ts'
import type { ControllerConfig, ControllerState } from './state.ts'
import { turn } from './turn.ts'

/** What a controller decided on one input. */
export interface Decision {
  readonly atMs: number
  /** Hashes of the plans it took over, in order. */
  readonly plans: readonly string[]
  /** Steps it started, as kind, VM or host, and target. */
  readonly starts: readonly string[]
}

/** Turns recorded inputs again from the same beginning: the same decisions, or they were not made by this controller. */
export function* replayInputs(config: ControllerConfig, state: ControllerState, inputs: Iterable<Input>): Generator<Decision> {
  let now = state
  for (const input of inputs) {
    const turned = turn(config, now, input)
    now = turned.state
    yield decisionOf(input.atMs, turned.outputs)
  }
}

export function decisionOf(atMs: number, outputs: readonly Output[]): Decision {
  return {
    atMs,
    plans: outputs.flatMap((output) => (output.kind === 'planned' ? [output.plan.hash] : [])),
    starts: outputs.flatMap((output) => (output.kind === 'start' ? [`${output.step.id} ${output.step.kind} ${'vm' in output.step ? output.step.vm : output.step.host}${'target' in output.step ? ` to ${output.step.target}` : ''}`] : [])),
  }
}
