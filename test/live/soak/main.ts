import { writeFileSync } from 'node:fs'
import { whyNoBed } from '../support/beds.ts'
import { soak } from './soak.ts'
import { soakTable } from './table.ts'

/** Runs the soak and prints its table. Gives the exit code: 0 nothing broken, 1 a violation, 3 it can't run here. */
export async function soakMain(options: { readonly seed: number; readonly migrationsMin: number; readonly killsMin: number; readonly out: string | null }): Promise<number> {
  const why = whyNoBed('kvm')
  if (why !== null) {
    console.error(`the soak can't run here: ${why}`)
    return 3
  }
  const result = await soak({ ...options, hosts: 3, vmsPerHost: 3, say: (text) => console.error(text) })
  if (options.out !== null) writeFileSync(options.out, `${JSON.stringify(result, null, 2)}\n`)
  process.stdout.write(soakTable(result))
  return result.violations.length === 0 ? 0 : 1
}
