import { AUTONOMY, type Autonomy, type LivePool } from '../model/livePool.ts'
import { BadInput, type Issue } from '../model/result.ts'
import { parseQuantity } from '../config/quantity.ts'
import type { ExitCode } from './exitCode.ts'
import { heartbeat } from './heartbeat.ts'
import { type RunningLoop, badMode, beginLoop } from './liveLoop.ts'
import { type LiveOptions, livePoolFrom, policyOfPool } from './livePool.ts'
import { bad } from './options.ts'
import type { Terminal } from './terminal.ts'

export interface RunOptions extends Omit<LiveOptions, 'config'> {
  /** One file a pool. */
  readonly config?: readonly string[]
  readonly mode?: string
  readonly for?: string
}

interface OwnPool {
  readonly config: string
  readonly file: string
  readonly pool: LivePool
  loop: RunningLoop | null
}

/**
 * Runs live pools until a signal ends them, or for a time. Reloads their policies on SIGHUP. Where one of several can't go on,
 * all are ended, so that who supervises the process starts them anew.
 */
export async function runCommand(options: RunOptions, terminal: Terminal): Promise<ExitCode> {
  const pools = poolsOf(options, terminal)
  const mode = (options.mode ?? null) as Autonomy | null
  if (mode !== null && !AUTONOMY.includes(mode)) throw badMode(options.mode ?? '')
  const limitMs = options.for === undefined ? null : lengthOf(options.for)
  const policies = pools.map(({ pool, file }) => policyOfPool(pool, file, Date.now()))
  const sayOf = ({ pool }: OwnPool) => (text: string): void => (options.quiet === true ? undefined : terminal.err(`${new Date().toISOString()} ${pools.length > 1 ? `${pool.name}: ` : ''}${text}\n`))
  const signals = { ended: false }
  const end = (): void => {
    signals.ended = true
    for (const { loop } of pools) void loop?.end()
  }
  const reload = (): void => pools.forEach((own) => reloadPolicy(own, options, terminal, sayOf(own)))
  const runOne = async (own: OwnPool, index: number): Promise<void> => {
    try {
      const say = sayOf(own)
      const loop = await beginLoop({ pool: own.pool, policy: policies[index]!, mode, say, isOver: () => signals.ended })
      if (loop === null) return
      own.loop = loop
      // The signal may have come after the lease.
      if (signals.ended) await loop.end()
      else say(`${own.pool.name} runs in mode ${loop.session.status.mode} with policy ${policies[index]!.name}; record in ${loop.record.folder}`)
      await loop.over
    } finally {
      end()
    }
  }
  process.on('SIGTERM', end).on('SIGINT', end).on('SIGHUP', reload)
  const beats = heartbeat()
  const timer = limitMs === null ? null : setTimeout(end, limitMs)
  try {
    const failed = (await Promise.allSettled(pools.map(runOne))).find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
  } finally {
    if (timer !== null) clearTimeout(timer)
    beats.stop()
    process.off('SIGTERM', end).off('SIGINT', end).off('SIGHUP', reload)
  }
  if (options.json) terminal.out(jsonOf(pools))
  // A service that is started anew stands by for the one that took over.
  return pools.some(({ loop }) => loop?.session.isFenced === true) ? 3 : 0
}

/** Refuses pools that share their name, state folder or a host: two loops would act on it. */
function poolsOf(options: RunOptions, terminal: Terminal): readonly OwnPool[] {
  const configs: readonly (string | undefined)[] = options.config === undefined || options.config.length === 0 ? [undefined] : options.config
  const pools = configs.map((config) => ({ ...livePoolFrom({ ...(config === undefined ? {} : { config }) }, terminal), config: config!, loop: null }))
  const issues: Issue[] = []
  const owners = new Map<string, string>()
  for (const { config, pool } of pools) {
    const marks = [[pool.name, `is called ${pool.name}`], [`folder ${pool.stateFolder}`, `keeps its state in ${pool.stateFolder}`], ...new Map(pool.hosts.filter(({ driver }) => driver !== 'test').map(({ driver, address, port }) => [`${driver} ${address} ${port}`, `has the host at ${address ?? 'this machine'}${port === null ? '' : `, port ${port},`}`] as const))]
    for (const [mark, what] of marks) {
      const owner = owners.get(mark!)
      if (owner === undefined) owners.set(mark!, config)
      else issues.push({ path: '--config', message: `${config} ${what} as ${owner} does: each pool needs its own` })
    }
  }
  if (issues.length > 0) throw new BadInput(issues)
  return pools
}

function reloadPolicy({ config, file, loop }: OwnPool, options: RunOptions, terminal: Terminal, say: (text: string) => void): void {
  try {
    loop?.session.policy(policyOfPool(livePoolFrom({ ...options, config }, terminal).pool, file, Date.now()))
    say('the policy was read anew')
  } catch (error) {
    say(`the policy stays as it was: ${(error as Error).message}`)
  }
}

function jsonOf(pools: readonly OwnPool[]): string {
  const told = pools.flatMap(({ pool, loop }) => (loop === null ? [] : [{ pool: pool.name, record: loop.record.folder, status: loop.session.status }]))
  return pools.length > 1 ? `${JSON.stringify({ pools: told })}\n` : told.map((one) => `${JSON.stringify(one)}\n`).join('')
}

function lengthOf(text: string): number {
  const parsed = parseQuantity(text, 'duration')
  if (!parsed.ok) throw bad('--for', parsed.refusal.message)
  return parsed.value
}
