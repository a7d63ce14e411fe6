import type { PowerControl } from '../../model/powerControl.ts'
import { type ChildEnd, runChild } from '../child.ts'
import { type PowerController, type PowerReply, type PowerSeen, failed, onUnlessOn, seen, succeeded, unseen } from './controller.ts'

type Command = Extract<PowerControl, { kind: 'command' }>

/** Programs of the site's own, run without a shell. */
export function commandController({ on, status: ask }: Command): PowerController {
  const run = ([program, ...args]: readonly string[], deadlineUnixMs: number): Promise<ChildEnd> => runChild(program!, args, {}, deadlineUnixMs - Date.now())
  const status = async (deadlineUnixMs: number): Promise<PowerSeen> => {
    const end = await run(ask, deadlineUnixMs)
    return end.code === 0 ? seen('on') : end.code === 1 ? seen('off') : unseen(saidBy(ask[0]!, end))
  }
  const command = async (deadlineUnixMs: number): Promise<PowerReply> => {
    const end = await run(on, deadlineUnixMs)
    return end.code === 0 ? succeeded : failed(saidBy(on[0]!, end))
  }
  return { kind: 'command', status, powerOn: (deadlineUnixMs) => onUnlessOn({ status }, command, deadlineUnixMs) }
}

const saidBy = (program: string, { code, error, inTime }: ChildEnd): string =>
  !inTime ? `${program} did not end in time` : `${program} ended with ${code ?? 'a signal'}: ${error.trim().split('\n')[0] ?? ''}`
