import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cluster, ganetiFiles } from './cluster.ts'

/** The Debian package that has the peer. */
export const PEER_PACKAGE = 'ganeti-htools'

export interface PeerRun {
  readonly score: number
  readonly moves: number
  /** Score after each move. */
  readonly curve: readonly number[]
  readonly cpuSeconds: number
}

/** Runs hbal on the cluster; null where it is not installed. */
export function runPeer(cluster: Cluster): PeerRun | null {
  if (spawnSync('hbal', ['--version']).error) return null
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-hbal-'))
  try {
    const files = ganetiFiles(cluster)
    writeFileSync(join(folder, 'cluster.data'), files.cluster)
    writeFileSync(join(folder, 'cluster.util'), files.loads)
    const run = spawnSync('bash', ['-c', 'TIMEFORMAT="cpu %U %S"; time hbal -t cluster.data -U cluster.util -v -v -v'], { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 28, env: { ...process.env, LC_ALL: 'C' } })
    const curve = [...run.stdout.matchAll(/^ *\d+\. \S+ .*?=> \S+ +(\d+\.\d+)/gm)].map(([, score]) => Number(score))
    const cpu = /cpu ([\d.]+) ([\d.]+)/.exec(run.stderr)
    if (curve.length === 0 || cpu === null) throw new Error(`hbal gave no moves: ${(run.stderr || run.stdout).slice(0, 200)}`)
    return { score: curve.at(-1)!, moves: curve.length, curve, cpuSeconds: Number(cpu[1]) + Number(cpu[2]) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
