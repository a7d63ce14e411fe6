import { cpus } from 'node:os'
import type { RunTiming } from '../model/run.ts'
import { COMMIT } from './build.ts'

/** Measures from when it is made. */
export function startTiming(): () => RunTiming {
  const startMs = performance.now()
  const startCpu = process.cpuUsage()
  return () => {
    const cpu = process.cpuUsage(startCpu)
    return {
      wallMs: Math.round(performance.now() - startMs), cpuMs: Math.round((cpu.user + cpu.system) / 1000),
      // On Linux maxRSS is in KiB, for the process as a whole.
      peakMemoryMib: Math.round(process.resourceUsage().maxRSS / 1024), commit: COMMIT, machine: machineText(),
    }
  }
}

function machineText(): string {
  const all = cpus()
  return `${all.length} x ${all[0]?.model.trim() ?? 'unknown CPU'}, node ${process.version}`
}
