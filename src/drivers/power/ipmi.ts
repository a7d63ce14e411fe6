import type { PowerControl } from '../../model/powerControl.ts'
import type { Secret } from '../secret.ts'
import { type ChildEnd, runChild } from '../child.ts'
import { type PowerController, type PowerReply, type PowerSeen, failed, onUnlessOn, seen, succeeded, unseen } from './controller.ts'

type Ipmi = Extract<PowerControl, { kind: 'ipmi' }>

/**
 * A management controller over IPMI 2.0, through ipmitool. The password goes by its environment, never in arguments.
 * Without a cipher suite that both know, each command takes ten seconds, so it is part of the settings.
 */
export function ipmiController({ address, port, user, cipherSuite }: Ipmi, password: Secret, program = 'ipmitool'): PowerController {
  const run = (command: readonly string[], deadlineUnixMs: number): Promise<ChildEnd> =>
    runChild(program, ['-I', 'lanplus', '-H', address, '-p', String(port), '-U', user, '-C', String(cipherSuite), '-N', '1', '-R', '2', '-E', ...command], { IPMI_PASSWORD: password.reveal() }, deadlineUnixMs - Date.now())
  const status = async (deadlineUnixMs: number): Promise<PowerSeen> => powerIn(await run(['chassis', 'power', 'status'], deadlineUnixMs), password)
  const command = async (deadlineUnixMs: number): Promise<PowerReply> => {
    const end = await run(['chassis', 'power', 'on'], deadlineUnixMs)
    return end.code === 0 ? succeeded : failed(saidBy(end, password))
  }
  return { kind: 'ipmi', status, powerOn: (deadlineUnixMs) => onUnlessOn({ status }, command, deadlineUnixMs) }
}

function powerIn(end: ChildEnd, password: Secret): PowerSeen {
  const found = /Chassis Power is (on|off)/i.exec(end.out)?.[1]?.toLowerCase()
  return end.code === 0 && (found === 'on' || found === 'off') ? seen(found) : unseen(saidBy(end, password))
}

/** A wrong password and a dead controller say the same. People read it, so a password that the tool repeats is taken out. */
function saidBy({ error, out, inTime }: ChildEnd, password: Secret): string {
  if (!inTime) return 'ipmitool did not end in time'
  const text = (error || out).replaceAll(password.reveal(), String(password)).trim().split('\n')[0] ?? ''
  return /Unable to establish/.test(text) ? `${text}: no answer, or a wrong user, password or cipher suite` : text === '' ? 'ipmitool said nothing' : text
}
