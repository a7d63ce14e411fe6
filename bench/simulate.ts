import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { benchMicro } from './micro.ts'
import { provenance } from './machine.ts'

interface Case {
  readonly name: string
  readonly args: readonly string[]
  readonly cpuMaxS: number
  readonly memoryMaxMib: number
  /** What an older tool takes for the same, where it was measured. */
  readonly peer: string
}

const shared = process.env['PLIMSOLL_SHARED'] ?? '../shared'
const day = join(shared, 'traces/planetlab/20110303.csv.gz')
const study = (policy: string): string[] => ['simulate', 'scenarios/planetlab', '--set', `workload.path=${day}`, '--policy', policy, '--json', '--quiet']
const month = (policy: string): string[] => ['simulate', 'scenarios/steady-1000', '--policy', policy, '--json', '--quiet']

const CASES: readonly Case[] = [
  { name: 'PlanetLab 20110303, thr-mmt-0.8', args: study('thr-mmt-0.8'), cpuMaxS: 1, memoryMaxMib: 300, peer: 'CloudSim 3.0.3: 18.6 CPU s, 319 MiB' },
  { name: 'PlanetLab 20110303, lr-mmt-1.2', args: study('lr-mmt-1.2'), cpuMaxS: 1.2, memoryMaxMib: 300, peer: 'CloudSim 3.0.3: 27.9 to 31.8 CPU s' },
  { name: '1,000 hosts, 10,000 VMs, 30 days at 5 min, none', args: month('none'), cpuMaxS: 60, memoryMaxMib: 2048, peer: '' },
  { name: '1,000 hosts, 10,000 VMs, 30 days at 5 min, balanced', args: month('balanced'), cpuMaxS: 600, memoryMaxMib: 2048, peer: '' },
]

/** Whole processes of the built program: CPU seconds (user and system, start-up included) and peak memory, against their limits. Sizes and seeds are the scenarios' own. */
export function benchSimulate(args: readonly string[]): Promise<void> {
  console.log(provenance())
  console.log('seed: the scenarios\' own (7); CPU seconds of the whole process; lower is better')
  for (const one of CASES.filter(({ name }) => args.every((word) => name.includes(word)))) console.log(`${one.name}: ${measure(one)}`)
  return benchMicro()
}

function measure({ args, cpuMaxS, memoryMaxMib, peer }: Case): string {
  const data = args.find((word) => word.startsWith('workload.path='))?.slice('workload.path='.length)
  if (data !== undefined && !existsSync(data)) return `not run: ${data} is absent (set PLIMSOLL_SHARED)`
  // The shell's own clock: it counts the child's start and end, which the child can't.
  const child = spawnSync('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$@"', 'bash', process.execPath, 'dist/plimsoll.js', ...args, '--out', join('runs', 'bench')], { encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (child.status !== 0) return `failed with exit code ${child.status ?? 'none'}: ${child.stderr.slice(-400)}`
  const { timing } = JSON.parse(child.stdout) as { timing: { wallMs: number; peakMemoryMib: number } }
  const cpuS = child.stderr.trim().split('\n').at(-1)!.split(' ').reduce((sum, seconds) => sum + Number(seconds), 0)
  const verdict = cpuS <= cpuMaxS && timing.peakMemoryMib <= memoryMaxMib ? 'within' : 'ABOVE'
  return `${cpuS.toFixed(2)} CPU s, ${(timing.wallMs / 1000).toFixed(2)} s wall, ${Math.round(timing.peakMemoryMib)} MiB (${verdict} ${cpuMaxS} CPU s, ${memoryMaxMib} MiB)${peer === '' ? '' : `; ${peer}`}`
}
