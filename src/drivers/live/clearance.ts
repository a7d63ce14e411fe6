import type { ControlMessage } from '../../config/controlMessage.ts'
import type { Clearance } from '../../execute/protocol/records.ts'
import { hostId, vmId } from '../../model/ids.ts'
import { type Result, done, refuse } from '../../model/result.ts'

/** What a person says is over, as the journal keeps it. Refuses a message that does not say of which VM or host. */
export function clearanceOf({ what, name }: Extract<ControlMessage, { kind: 'clear' }>): Result<Clearance> {
  if (what === 'halt') return done({ kind: 'halt' })
  if (name === null) return refuse('nameless', `which ${what === 'vm' ? 'VM' : 'host'} is cleared? give its name`)
  return done(what === 'vm' ? { kind: 'vm', vm: vmId(name) } : { kind: what, host: hostId(name) })
}

export const clearedText = ({ what, name }: Extract<ControlMessage, { kind: 'clear' }>): string => `cleared: ${what}${what === 'halt' ? '' : ` ${name ?? ''}`}`
