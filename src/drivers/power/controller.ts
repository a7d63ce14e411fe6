import type { PowerControlKind } from '../../model/powerControl.ts'

/** The power of a host as seen from outside. `changing`: on its way; null: no answer, which is not "off". */
export interface PowerSeen {
  readonly power: 'on' | 'off' | 'changing' | null
  /** Why there is no answer, null where there is one. */
  readonly failure: string | null
}

export interface PowerReply {
  readonly ok: boolean
  readonly failure: string | null
}

/**
 * Switches one host on and sees its power. Nothing here switches a host off: that is the guard's on the host itself, and
 * seen from here. Neither call throws; both end at the deadline (Unix ms).
 */
export interface PowerController {
  readonly kind: PowerControlKind
  status(deadlineUnixMs: number): Promise<PowerSeen>
  /** Looks first: a host that is on already is a success, whatever the controller would say to the command. */
  powerOn(deadlineUnixMs: number): Promise<PowerReply>
}

export const seen = (power: 'on' | 'off' | 'changing'): PowerSeen => ({ power, failure: null })
export const unseen = (failure: string): PowerSeen => ({ power: null, failure })
export const succeeded: PowerReply = { ok: true, failure: null }
export const failed = (failure: string): PowerReply => ({ ok: false, failure })

/** Asks for power unless it is on, then looks: the state decides, not the answer to the command. */
export async function onUnlessOn(controller: Pick<PowerController, 'status'>, command: (deadlineUnixMs: number) => Promise<PowerReply>, deadlineUnixMs: number): Promise<PowerReply> {
  const before = await controller.status(deadlineUnixMs)
  if (before.power === 'on') return succeeded
  if (before.power === null) return failed(before.failure ?? 'the power is not known')
  const reply = await command(deadlineUnixMs)
  const after = await controller.status(deadlineUnixMs)
  if (after.power === 'on' || after.power === 'changing') return succeeded
  return failed(reply.failure ?? after.failure ?? 'the host is still off after the command')
}
