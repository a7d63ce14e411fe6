import type { Run, RunEvent } from '../model/run.ts'
import { duration } from '../model/text.ts'

/** Lines shown one by one; of more, the last so many. */
const SHOWN_MAX = 60

/**
 * What a run says of itself, or of one step, VM or host: plans and what became of their steps, and when nothing was
 * done, the goals' own words. Null when it says nothing of the name. Lines end with a line feed.
 */
export function explainRun({ header, events }: Pick<Run, 'header' | 'events'>, name: string | null): string | null {
  const lines = events.filter((event) => (name === null ? isTelling(event) : concerns(event, name))).map((event) => `  ${at(event)}  ${eventText(event)}`)
  if (name !== null && lines.length === 0) return null
  const head = `${header.scenario} with ${header.policy}, seed ${header.seed}, over ${duration(header.durationMs)}:`
  const left = lines.length - SHOWN_MAX
  const shown = left > 0 ? [`  ... ${left} earlier ones; name a step, VM or host to see what concerns it`, ...lines.slice(left)] : lines
  return `${[head, ...(lines.length === 0 ? ['  nothing was done, and no goal said why'] : shown)].join('\n')}\n`
}

const isTelling = ({ kind }: RunEvent): boolean => kind === 'plan' || kind === 'note' || kind === 'request'

/** Every event with this name in one of its fields; of a step also its plan's, since "p3.1" belongs to "p3". */
function concerns(event: RunEvent, name: string): boolean {
  if (event.kind === 'plan') return name === event.plan || name.startsWith(`${event.plan}.`)
  return Object.entries(event).some(([key, value]) => (key === 'step' || key === 'vm' || key === 'host' || key === 'source' || key === 'target') && value === name)
}

const at = ({ atMs }: RunEvent): string => {
  const seconds = Math.floor(atMs / 1000)
  const part = (value: number): string => String(value).padStart(2, '0')
  return `${Math.floor(seconds / 86_400)} d ${part(Math.floor(seconds / 3600) % 24)}:${part(Math.floor(seconds / 60) % 60)}:${part(seconds % 60)}`
}

function eventText(event: RunEvent): string {
  switch (event.kind) {
    case 'plan':
      return `plan ${event.plan} of ${event.steps} steps: ${event.reason.text}${event.unmet.map(({ text }) => `; not reached: ${text}`).join('')}`
    case 'start':
      return `${event.step} begins: ${actionText(event)}: ${event.reason.text} [${event.reason.code}]`
    case 'end':
      return `${event.step} ${event.outcome} after ${duration(event.durationMs)}: ${actionText(event)}${event.message === undefined ? '' : `: ${event.message}`}`
    case 'note':
      return `${event.goal}: ${event.reason.text} [${event.reason.code}]`
    case 'vm':
      return `VM ${event.vm} ${event.change}${event.host === undefined ? '' : `, ${event.host}`}`
    case 'host':
      return `host ${event.host} ${event.change}${event.mode === undefined ? '' : `: ${event.mode}`}${event.power === undefined ? '' : `: ${event.power}`}`
    case 'request':
      return `request ${event.request}: ${event.reason.text}`
  }
}

const actionText = ({ action, vm, source, target, host }: Extract<RunEvent, { kind: 'start' | 'end' }>): string =>
  [action, vm, source === undefined ? undefined : `from ${source}`, target === undefined ? undefined : `to ${target}`, host].filter((word) => word !== undefined).join(' ')
